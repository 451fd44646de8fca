using ScaleUp.ServiceDefaults;

namespace ScaleUp.Web.Operations;

/// <summary>Reads the statistics of each load balancer from its internal frontend, which visitors can't reach.</summary>
internal sealed class LoadBalancerReader : IDisposable
{
    /// <summary>The setting with the key of the statistics; the AppHost sets it. Without it, the state of the tiers is unknown.</summary>
    public const string KeySetting = "Operations:StatisticsKey";

    // Same values as in HAProxyConfiguration.Statistics.cs of the AppHost.
    private const string KeyHeader = "X-Statistics-Key";
    private const string Path = "/load-balancer-statistics;csv";

    /// <summary>The number of consecutive failures after which a load balancer is down; one failure may come from a busy machine.</summary>
    private const int MaxFailures = 2;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(900);

    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly LoadBalancer[] _loadBalancers;

    public LoadBalancerReader(IConfiguration configuration, TimeProvider clock)
    {
        _clock = clock;
        _loadBalancers = [.. configuration.GetSection("services:api:http").GetChildren()
            .Where(address => Uri.TryCreate(address.Value, UriKind.Absolute, out _))
            .Select((address, index) => new LoadBalancer(new Uri(new Uri(address.Value!), Path), index + 1))];
        HasKey = configuration[KeySetting] is { Length: > 0 };
        // Don't trace these requests: there are one or two a second, and their traces are not useful.
        var connections = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), ActivityHeadersPropagator = null };
        _http = new HttpClient(connections) { Timeout = s_timeout };
        _http.DefaultRequestHeaders.Add(KeyHeader, configuration[KeySetting] ?? "");
    }

    /// <summary>Whether the key is set.</summary>
    public bool HasKey { get; }

    /// <summary>Reads all load balancers concurrently, with a timeout of 0.9 s.</summary>
    public async Task<IReadOnlyList<LoadBalancerStatus>> ReadAsync(CancellationToken cancellationToken) =>
        HasKey ? await Task.WhenAll(_loadBalancers.Select(loadBalancer => ReadAsync(loadBalancer, cancellationToken))) : [];

    public void Dispose() => _http.Dispose();

    private async Task<LoadBalancerStatus> ReadAsync(LoadBalancer loadBalancer, CancellationToken cancellationToken)
    {
        var problem = "";
        try
        {
            using var response = await _http.GetAsync(loadBalancer.Address, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                var lines = LoadBalancerStatistics.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
                var name = response.Headers.TryGetValues(ServerName.Header, out var names) ? names.First().Split(',')[0].Trim()
                    : loadBalancer.Status.Name;
                return loadBalancer.RecordSuccess(name, new LoadBalancerReading(_clock.GetUtcNow(), lines));
            }

            problem = $"Statistics unavailable ({(int)response.StatusCode})";
        }
        catch (FormatException exception)
        {
            problem = exception.Message;
        }
        catch (HttpRequestException exception)
        {
            problem = exception.HttpRequestError == HttpRequestError.ConnectionError ? "Connection refused" : "No response";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problem = $"No response within {s_timeout.TotalSeconds:0.0} s";
        }

        return loadBalancer.RecordFailure(problem, _clock.GetUtcNow());
    }

    private sealed class LoadBalancer(Uri address, int number)
    {
        private int _failures;

        public Uri Address => address;

        // Use the expected name until the first response.
        public LoadBalancerStatus Status { get; private set; } = new($"lb-{number}", null, null) { Problem = "Not checked yet" };

        public LoadBalancerStatus RecordSuccess(string name, LoadBalancerReading reading)
        {
            _failures = 0;
            return Status = new LoadBalancerStatus(name, reading, Status.IsGone ? null : Status.Current)
            {
                Since = Status.IsGone ? reading.Time : Status.Since,
            };
        }

        public LoadBalancerStatus RecordFailure(string problem, DateTimeOffset time) =>
            ++_failures < MaxFailures ? Status
            : Status = Status with { IsGone = true, Problem = problem, Since = Status.IsGone ? Status.Since : time };
    }
}
