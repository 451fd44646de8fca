using System.Globalization;
using System.Runtime.CompilerServices;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// How the load balancers of a cluster work. The defaults are for servers that answer in milliseconds and stand in the
/// same data centre; each says what to think of when it is changed.
/// </summary>
public sealed class HAProxySettings
{
    /// <summary>Connections of clients that one load balancer takes at a time; more wait in the kernel. It bounds the memory.</summary>
    public int MaxConnections { get; set; } = 4000;

    /// <summary>
    /// Requests that one load balancer gives to one server at a time; more wait in the load balancer, where a server that
    /// fails does not take them along. Few enough that a server under full load still answers its health check in time.
    /// </summary>
    public int MaxConnectionsPerServer { get; set; } = 32;

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

    /// <summary>What the public tier has more than <see cref="AttemptTimeout"/> where there are internal tiers behind it.</summary>
    public TimeSpan OuterAttemptMargin { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a server has to begin its answer to a request that must not be repeated (504 then).</summary>
    public TimeSpan ServerTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is sent once more, to another server, after the first attempt; 0 to 10.</summary>
    public int Retries { get; set; } = 3;

    /// <summary>How long a client may be silent in the middle of a request or an answer.</summary>
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client has to send the head of its request (408 then). Slower is no person.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

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
    public bool LastResort { get; set; } = true;

    /// <summary>
    /// Bytes of a request that are kept for a repeat; 16,384 to 1,048,576. One that is larger is sent once. Also the most that
    /// a request's head may have.
    /// </summary>
    public int BufferSize { get; set; } = 32 * 1024;

    /// <summary>The largest body of a request in bytes, if it gives its length (413 for more); up to 999,999,999,999,999. Others are left to the server.</summary>
    public long MaxBodySize { get; set; } = 10 * 1024 * 1024;

    /// <summary>
    /// Whether calls between tiers are in the log too when all went well. What a page took of other tiers is in its trace, and the line of
    /// each of these calls would take as much time to write and to carry on as that of the page itself. What went wrong is always there.
    /// </summary>
    public bool LogInternalRequests { get; set; }

    /// <summary>
    /// A page of HTML for visitors whom no server has answered (502, 503 and 504), instead of HAProxy's own words; at most 8,192
    /// characters, and no single quote, which would end it in the configuration. Line breaks become spaces.
    /// </summary>
    public string? ErrorPage { get; set; }

    /// <summary>How often one client may ask, over all load balancers of the cluster together.</summary>
    public IList<HAProxyRequestLimit> Limits { get; } = [];

    private const int MaxErrorPageLength = 8192;

    internal void Validate()
    {
        Within(MaxConnections, 10, 1_000_000);
        Within(MaxConnectionsPerServer, 1, 1_000_000);
        Within(MaxQueue, 1, 1_000_000);
        Within(Retries, 0, 10);
        Within(Fall, 1, 100);
        Within(Rise, 1, 100);
        Within(BufferSize, 16 * 1024, 1024 * 1024);
        Within(MaxBodySize, 1, 999_999_999_999_999);
        Duration(QueueTimeout);
        Duration(ConnectTimeout);
        Duration(AttemptTimeout);
        Duration(ServerTimeout);
        Duration(ClientTimeout);
        Duration(RequestTimeout);
        Duration(KeepAliveTimeout);
        Duration(CheckInterval);
        Duration(FastCheckInterval);
        Duration(CheckTimeout);
        Duration(SlowStart, orZero: true);
        Duration(OuterAttemptMargin, orZero: true);
        Duration(AttemptTimeout + OuterAttemptMargin);

        if (ErrorPage is { } page && (page.Length is 0 or > MaxErrorPageLength || page.Contains('\'', StringComparison.Ordinal)))
        {
            throw new ArgumentException($"{nameof(ErrorPage)} is {page[..Math.Min(page.Length, 40)]}, but must have 1 to {MaxErrorPageLength} characters, none of them a single quote.");
        }

        if (FastCheckInterval > CheckInterval)
        {
            throw new ArgumentException($"{nameof(FastCheckInterval)} is {FastCheckInterval}, but must not be longer than {nameof(CheckInterval)} ({CheckInterval}).");
        }

        if (AttemptTimeout > ServerTimeout)
        {
            throw new ArgumentException($"{nameof(AttemptTimeout)} is {AttemptTimeout}, but must not be longer than {nameof(ServerTimeout)} ({ServerTimeout}).");
        }

        if (Limits.Contains(null!))
        {
            throw new ArgumentException($"{nameof(Limits)} has an entry that is null.");
        }

        if (Limits.GroupBy(limit => limit.Name).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new ArgumentException($"There are {same.Count()} limits '{same.Key}' in {nameof(Limits)}: each needs a name of its own.");
        }

        foreach (var limit in Limits)
        {
            limit.Validate();
        }
    }

    private static void Within(long value, long least, long most, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < least || value > most)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, but must be from {least} to {most}."));
        }
    }

    // What HAProxy can write: whole milliseconds, up to 2^31 of them.
    internal static void Duration(TimeSpan value, bool orZero = false, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if ((value == TimeSpan.Zero && !orZero) || value < TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue || value.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            throw new ArgumentException($"{name} is {value}, but must be {(orZero ? "zero or " : "")}1 ms to 24 days, in whole milliseconds.");
        }
    }
}
