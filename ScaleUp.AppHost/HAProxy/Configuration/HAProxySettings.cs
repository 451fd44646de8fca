namespace Aspire.Hosting.HAProxy;

/// <summary>
/// How the load balancers of a cluster work. The defaults are for servers that answer in milliseconds and stand in the
/// same data centre; each says what to think of when it is changed.
/// </summary>
public sealed partial class HAProxySettings
{
    /// <summary>Connections of visitors that one load balancer takes at a time; more are closed at once. It bounds the memory.</summary>
    public int MaxConnections { get; set; } = 4000;

    /// <summary>Connections of other tiers that each internal frontend takes at a time; more are closed at once.</summary>
    public int MaxInternalConnections { get; set; } = 1000;

    /// <summary>
    /// Connections that one client may have with one load balancer at a time, 0 for any number; more are closed at once. A client is an
    /// IPv4 address or an IPv6 network of 64 bits: a company behind one address is one client. It does not hold behind an ingress.
    /// </summary>
    public int MaxConnectionsPerClient { get; set; } = 1000;

    /// <summary>
    /// Requests that one load balancer gives to one server at a time; more wait in the load balancer, where a server that
    /// fails does not take them along. Few enough that a server under full load still answers its health check in time.
    /// </summary>
    public int MaxConnectionsPerServer { get; set; } = 32;

    /// <summary>
    /// Requests of visitors with large bodies that one load balancer gives to one server at a time, besides <see cref="MaxConnectionsPerServer"/>:
    /// a large body goes to its server while it still comes.
    /// </summary>
    public int MaxLargeBodiesPerServer { get; set; } = 2;

    /// <summary>
    /// Responses from <see cref="StreamPaths"/> that one load balancer has from one server at a time, besides <see cref="MaxConnectionsPerServer"/>.
    /// </summary>
    public int MaxStreamsPerServer { get; set; } = 100;

    /// <summary>
    /// Paths such as <c>/operations/events</c>, where <c>*</c> is any one part, whose responses to visitors go on for minutes (server-sent events). Nothing
    /// else may be sent from there.
    /// </summary>
    public IList<string> StreamPaths { get; } = [];

    /// <summary>How long a server may be silent in the middle of such a response before it ends. Longer than twice the time between two events.</summary>
    public TimeSpan StreamTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Requests that wait in one load balancer for a server of a tier. One more is told so at once (503), instead of waiting in vain.</summary>
    public int MaxQueue { get; set; } = 1000;

    /// <summary>How long a request waits for a server before it fails (503).</summary>
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a server has to accept a connection: its kernel does that, also when the server itself is busy. HAProxy waits as
    /// long before it tries again where there is no other server to try (at most 1 s).
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a server has to begin its answer to a request that may be repeated, before the request goes to another
    /// server. Longer than the slowest good answer; what a hung server costs its visitors is this. A tier that calls another
    /// tier through the same load balancers gets <see cref="OuterAttemptMargin"/> more, so that a repeat there is not one here.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The same for requests that take longer by nature (<see cref="SlowPaths"/>), such as hashing a password; at least as long as
    /// <see cref="AttemptTimeout"/>.
    /// </summary>
    public TimeSpan SlowAttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Paths, as in <see cref="LargeFormPaths"/> and of all tiers, to which POST, PUT and PATCH have <see cref="SlowAttemptTimeout"/>. What
    /// a hung server costs them is that.
    /// </summary>
    public IList<string> SlowPaths { get; } = [];

    /// <summary>What the public tier has more than <see cref="AttemptTimeout"/> and <see cref="SlowAttemptTimeout"/> where there are internal tiers behind it.</summary>
    public TimeSpan OuterAttemptMargin { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a server has to begin its answer to a request that must not be repeated (504 then).</summary>
    public TimeSpan ServerTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is sent once more, to another server, after the first attempt; 0 to 10.</summary>
    public int Retries { get; set; } = 3;

    /// <summary>How long a client may be silent in the middle of a request or an answer.</summary>
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client has to send the head of its request (408 then). Slower is no person.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a client has to send a body of up to three quarters of <see cref="BufferSize"/> (408 then). Long: it occupies a connection
    /// and no server meanwhile, and a form that was typed for an hour may come over a bad network.
    /// </summary>
    public TimeSpan SmallBodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a client has to send a larger body, or one of unknown length, until it is whole or fills the buffer (408 then). With
    /// <see cref="BufferSize"/> it is the least rate, 4 KiB/s by default: what is slower could occupy a server for minutes.
    /// </summary>
    public TimeSpan LargeBodyTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a client's connection is kept for its next request.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The time between two health checks of a server.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The time between two health checks of a server that has just failed one, or has just answered one again.</summary>
    public TimeSpan FastCheckInterval { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a server has to answer a health check. Few long checks forgive a busy server more than many short ones that take as long together.</summary>
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Failed health checks in a row after which a server gets no more requests, 1 to 100. Fewer find a failure sooner, more forgive a pause.</summary>
    public int Fall { get; set; } = 2;

    /// <summary>Passed health checks in a row after which a server gets requests again, 1 to 100.</summary>
    public int Rise { get; set; } = 1;

    /// <summary>How long the share of a server that came back grows until it is the full one: it is cold. Zero is at once.</summary>
    public TimeSpan SlowStart { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The longest time from the moment that a server hangs until no more requests are sent to it: <see cref="Fall"/> checks
    /// in vain, the first of which begins just before it could have failed. A server that was killed is found sooner, by its requests.
    /// </summary>
    public TimeSpan DetectionTime => CheckInterval + CheckTimeout + ((Fall - 1) * (FastCheckInterval + CheckTimeout));

    /// <summary>
    /// Whether requests go to all servers of a tier when none of them passes its check. A machine that is too busy to answer checks in
    /// time still answers requests; taking the last servers away would turn slowness into an outage. What is really gone refuses
    /// connections, and that is found soon enough. Not for servers that are found by DNS.
    /// </summary>
    public bool FailOpen { get; set; } = true;

    /// <summary>
    /// Bytes of a request that are kept for a repeat; 16,384 to 1,048,576. One that is larger is sent once. Also the most that
    /// a request's head may have.
    /// </summary>
    public int BufferSize { get; set; } = 32 * 1024;

    /// <summary>The largest body of a request in bytes, if it gives its length (413 for more); up to 999,999,999,999,999. Others are left to the server.</summary>
    public long MaxBodySize { get; set; } = 10 * 1024 * 1024;

    /// <summary>
    /// The largest body of a visitor's request in bytes, but for <see cref="LargeFormPaths"/>, if it gives its length (413 for more); null
    /// for <see cref="MaxBodySize"/>.
    /// </summary>
    public long? MaxFormSize { get; set; }

    /// <summary>Paths such as <c>/articles/*/edit</c>, where <c>*</c> is any one part, to which <see cref="MaxFormSize"/> does not apply.</summary>
    public IList<string> LargeFormPaths { get; } = [];

    /// <summary>The names and IP addresses under which visitors reach the website, without a port; under others they get 421. None for any.</summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>
    /// Whether calls between tiers are in the log too when all went well. What a page took of other tiers is in its trace, and the line of
    /// each of these calls would take as much time to write and to carry on as that of the page itself. What went wrong is always there.
    /// </summary>
    public bool LogInternalRequests { get; set; }

    /// <summary>
    /// A page of HTML on which visitors read why a load balancer itself answers, with <see cref="ErrorPageMessage"/> where the heading and the
    /// advice belong; at most 8,192 characters, and no single quote, which would end it in the configuration. Line breaks become
    /// spaces. Null for a line of plain text.
    /// </summary>
    public string? ErrorPage { get; set; }

    /// <summary>Stands in <see cref="ErrorPage"/> for the heading and the advice.</summary>
    public const string ErrorPageMessage = "{message}";

    /// <summary>How often one client may ask, over all load balancers of the cluster together.</summary>
    public IList<HAProxyRequestLimit> Limits { get; } = [];
}
