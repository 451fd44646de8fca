namespace Aspire.Hosting.HAProxy;

/// <summary>
/// Settings of the load balancers of a cluster. The defaults suit servers in the same data centre that respond within milliseconds.
/// </summary>
public sealed partial class HAProxySettings
{
    /// <summary>
    /// The maximum number of concurrent client connections of one load balancer; excess connections are closed immediately. It limits
    /// memory.
    /// </summary>
    public int MaxConnections { get; set; } = 4000;

    /// <summary>
    /// The maximum number of concurrent connections of each internal frontend; excess connections are closed immediately.
    /// </summary>
    public int MaxInternalConnections { get; set; } = 1000;

    /// <summary>
    /// The maximum number of concurrent connections of one client with one load balancer, 0 for no limit; excess connections are closed
    /// immediately. A client is an IPv4 address or an IPv6 /64 network, so a company behind one address is one client. The limit does not
    /// apply behind an ingress.
    /// </summary>
    public int MaxConnectionsPerClient { get; set; } = 1000;

    /// <summary>
    /// The maximum number of concurrent requests from one load balancer to one server; excess requests wait in the load balancer's queue,
    /// where a server failure does not affect them. Keep it low enough that a fully loaded server passes its health checks.
    /// </summary>
    public int MaxConnectionsPerServer { get; set; } = 32;

    /// <summary>
    /// The maximum number of concurrent requests with large bodies from one load balancer to one server, in addition to
    /// <see cref="MaxConnectionsPerServer"/>. Large bodies are streamed to the server while they arrive.
    /// </summary>
    public int MaxLargeBodiesPerServer { get; set; } = 2;

    /// <summary>
    /// The maximum number of concurrent responses from <see cref="StreamPaths"/> from one server to one load balancer, in addition to
    /// <see cref="MaxConnectionsPerServer"/>.
    /// </summary>
    public int MaxStreamsPerServer { get; set; } = 100;

    /// <summary>
    /// Paths of the public tier that return event streams (server-sent events) for minutes, such as <c>/operations/events</c>; <c>*</c>
    /// matches one segment. These paths must return nothing else.
    /// </summary>
    public IList<string> StreamPaths { get; } = [];

    /// <summary>
    /// The time for which a server may be silent during an event stream, before the load balancer closes it. Keep it longer than twice the
    /// interval between events.
    /// </summary>
    public TimeSpan StreamTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The maximum number of requests that wait in one load balancer for a server of a tier; excess requests get 503 immediately.
    /// </summary>
    public int MaxQueue { get; set; } = 1000;

    /// <summary>The time that a request waits in the queue for a server before it fails with 503.</summary>
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The time limit to connect to a server. It can be short, because the kernel accepts connections even if the server is busy. It is
    /// also the delay (at most 1 s) before HAProxy retries the same server if there is no other.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The time limit for a server to start its response to a retryable request, before the request is retried on another server. Keep it
    /// longer than the slowest good response; it is also the delay that a hung server causes. A tier that calls another tier through the
    /// same load balancers gets <see cref="OuterAttemptMargin"/> more, so that a retry in the inner tier causes none in the outer tier.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// <see cref="AttemptTimeout"/> for requests to <see cref="SlowPaths"/>, such as hashing a password; at least as long as
    /// <see cref="AttemptTimeout"/> and at most as long as <see cref="ServerTimeout"/>.
    /// </summary>
    public TimeSpan SlowAttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Paths of all tiers whose POST, PUT and PATCH requests have <see cref="SlowAttemptTimeout"/>, which is also the delay that a hung
    /// server causes for them; <c>*</c> matches one segment.
    /// </summary>
    public IList<string> SlowPaths { get; } = [];

    /// <summary>
    /// The time added to <see cref="AttemptTimeout"/> and <see cref="SlowAttemptTimeout"/> in the public tier if there are internal tiers
    /// behind it.
    /// </summary>
    public TimeSpan OuterAttemptMargin { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// The time limit for a server to start its response to a request that must not be retried, before it fails with 504.
    /// </summary>
    public TimeSpan ServerTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The maximum number of retries after the first attempt, each on another server; 0 to 10.</summary>
    public int Retries { get; set; } = 3;

    /// <summary>The time for which a client may be inactive within a request or response.</summary>
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The time limit for a client to send its request headers, before it gets 408. Mitigates slow-header attacks.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The time limit for a client to send a body of up to three quarters of <see cref="BufferSize"/>, before it gets 408. It is long,
    /// because the body occupies no server meanwhile, and a form may come over a slow network.
    /// </summary>
    public TimeSpan SmallBodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The time limit for a client to complete a larger body, or one of unknown length, or to fill the buffer with it, before it gets 408.
    /// Together with <see cref="BufferSize"/> it sets a minimum rate, 4 KiB/s by default: a slower body could occupy a server for minutes.
    /// </summary>
    public TimeSpan LargeBodyTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>The time for which an idle client connection is kept open for the next request.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The interval between health checks of a server.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The interval between health checks of a server whose last check changed its result, while it is going down or up.</summary>
    public TimeSpan FastCheckInterval { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The time limit for a health check. A few long checks tolerate a busy server better than many short ones with the same total time.
    /// </summary>
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The number of consecutive failed health checks after which a server is down; 1 to 100. A lower value detects failures sooner, a
    /// higher one tolerates pauses.
    /// </summary>
    public int Fall { get; set; } = 2;

    /// <summary>The number of consecutive successful health checks after which a server is up again; 1 to 100.</summary>
    public int Rise { get; set; } = 1;

    /// <summary>The time over which the traffic to a recovered, still cold server ramps up; zero for full traffic immediately.</summary>
    public TimeSpan SlowStart { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The longest time until health checks detect a hung server: <see cref="Fall"/> failed checks, after one that succeeded just before
    /// the server hung. A killed server is detected sooner, by failed requests.
    /// </summary>
    public TimeSpan DetectionTime => CheckInterval + CheckTimeout + ((Fall - 1) * (FastCheckInterval + CheckTimeout));

    /// <summary>
    /// Whether requests go to all servers of a tier when none of them passes its health check. An overloaded machine that fails its checks
    /// still serves requests, so removing the last servers would turn slowness into an outage. Servers that are really down refuse
    /// connections, so requests to them fail fast.
    /// </summary>
    public bool FailOpen { get; set; } = true;

    /// <summary>
    /// The number of bytes of a request that are buffered for retries; 16,384 to 1,048,576. Larger requests are not retried. It also limits
    /// the size of the request headers.
    /// </summary>
    public int BufferSize { get; set; } = 32 * 1024;

    /// <summary>
    /// The maximum Content-Length of a request in bytes, up to 999,999,999,999,999; larger requests get 413. The server must limit bodies
    /// without a Content-Length.
    /// </summary>
    public long MaxBodySize { get; set; } = 10 * 1024 * 1024;

    /// <summary>
    /// The maximum Content-Length in bytes of a request to the public frontend, except for <see cref="LargeFormPaths"/>; larger requests
    /// get 413. Null applies <see cref="MaxBodySize"/> only.
    /// </summary>
    public long? MaxFormSize { get; set; }

    /// <summary>
    /// Paths without the limit of <see cref="MaxFormSize"/>, for example <c>/articles/*/edit</c>, where <c>*</c> matches one segment.
    /// </summary>
    public IList<string> LargeFormPaths { get; } = [];

    /// <summary>
    /// The host names and IP addresses of the website, without a port; requests for other hosts get 421. Empty allows all hosts.
    /// </summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>
    /// Whether to log successful requests between tiers. Traces contain these requests, and logging each one costs as much as logging the
    /// page request. Errors, retries and timeouts are always logged.
    /// </summary>
    public bool LogInternalRequests { get; set; }

    /// <summary>
    /// The HTML page for errors that a load balancer itself returns, with the placeholder <see cref="ErrorPageMessage"/> for the heading
    /// and the advice. It must have at most 8,192 characters and no single quote, which would end it in the configuration. Line breaks
    /// become spaces. Null returns a line of plain text.
    /// </summary>
    public string? ErrorPage { get; set; }

    /// <summary>The placeholder in <see cref="ErrorPage"/> for the heading and the advice.</summary>
    public const string ErrorPageMessage = "{message}";

    /// <summary>Rate limits per client, across all load balancers of the cluster.</summary>
    public IList<HAProxyRequestLimit> Limits { get; } = [];
}
