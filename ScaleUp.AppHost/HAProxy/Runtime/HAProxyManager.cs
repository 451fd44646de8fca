using System.Collections.Concurrent;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// Knows how the load balancers of a cluster are, and sees to it that all of them do what was asked of one: which servers are
/// drained is kept here, and told to a load balancer again that forgot it, because it was restarted or reloaded.
/// </summary>
internal sealed class HAProxyManager(HAProxyClusterResource cluster)
{
    private readonly ConcurrentDictionary<string, bool> _drained = new();
    private readonly ConcurrentDictionary<string, bool> _started = new();
    private readonly ConcurrentDictionary<HAProxyResource, HAProxyStatistics> _statistics = new();

    public HAProxyClusterResource Cluster { get; } = cluster;

    /// <summary>Whether the server is told to take no new requests.</summary>
    public bool IsDrained(string server) => _drained.ContainsKey(server);

    /// <summary>Notes whether a standby server runs. Until it does, the load balancers expect nothing of it.</summary>
    public void SetStarted(string server, bool started)
    {
        if (started)
        {
            _started[server] = true;
        }
        else
        {
            _started.TryRemove(server, out _);
        }
    }

    /// <summary>The requests that all load balancers together have given to the server and not seen the end of.</summary>
    public long InFlight(string server)
    {
        (string Backend, string Name)[] lines = [.. NamesOf(server), (BackendOf(server).LargeName, server)];
        return _statistics.Values.Sum(statistics => lines.Sum(line => statistics.Server(line.Backend, line.Name)?.InFlight ?? 0));
    }

    /// <summary>What the load balancer last said of itself; null if it did not answer.</summary>
    public HAProxyStatistics? StatisticsOf(HAProxyResource instance) => _statistics.GetValueOrDefault(instance);

    /// <summary>Asks all load balancers how they are, and tells those that need it which servers are drained.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Cluster.Instances.Select(instance => RefreshAsync(instance, cancellationToken)));

    /// <summary>Sends no new requests to a server.</summary>
    /// <returns>What was done, for a person.</returns>
    /// <exception cref="RuntimeApiException">Nothing was done.</exception>
    public async Task<string> DrainAsync(string server, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        var backend = BackendOf(server);
        if (!backend.Servers.Any(other => other.Name != server && !IsDrained(other.Name) && _statistics.Values.Any(s => s.Server(backend.Name, other.Name) is { IsUp: true })))
        {
            throw new RuntimeApiException($"{server} is the only server of {backend.Name} that takes requests. Start another one, or return one to service, before you drain it.");
        }

        _drained[server] = true;
        try
        {
            var told = await TellAllAsync(server, drained: true, cancellationToken).ConfigureAwait(false);
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
            return $"{server} gets no new requests; {InFlight(server)} are in flight.{told}";
        }
        catch
        {
            _drained.TryRemove(server, out _);
            throw;
        }
    }

    /// <summary>Sends requests to a server again.</summary>
    /// <returns>What was done, for a person.</returns>
    /// <exception cref="RuntimeApiException">No load balancer could be told.</exception>
    public async Task<string> ReturnAsync(string server, CancellationToken cancellationToken)
    {
        // First: who looks after the load balancers meanwhile would drain it again.
        var wasDrained = _drained.TryRemove(server, out _);
        try
        {
            return $"{server} gets requests again.{await TellAllAsync(server, drained: false, cancellationToken).ConfigureAwait(false)}";
        }
        catch when (wasDrained)
        {
            _drained[server] = true;
            throw;
        }
    }

    private async Task<string> TellAllAsync(string server, bool drained, CancellationToken cancellationToken)
    {
        var errors = await Task.WhenAll(Cluster.Instances.Select(async instance =>
        {
            try
            {
                await RuntimeApiClient.SetStateAsync(instance, NamesOf(server), drained ? "drain" : "ready", cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (RuntimeApiException ex)
            {
                return ex.Message;
            }
        })).ConfigureAwait(false);

        var failed = errors.OfType<string>().ToArray();
        return failed.Length == errors.Length ? throw new RuntimeApiException($"No load balancer could be told. {string.Join(' ', failed)}")
            : failed.Length == 0 ? ""
            : $" {string.Join(' ', failed)} It will be told as soon as it does.";
    }

    private async Task RefreshAsync(HAProxyResource instance, CancellationToken cancellationToken)
    {
        try
        {
            var statistics = await RuntimeApiClient.GetStatisticsAsync(instance, cancellationToken).ConfigureAwait(false);
            foreach (var (backend, server) in Cluster.Frontends.SelectMany(f => f.Backend.Servers.Select(s => (f.Backend.Name, s))))
            {
                var state = server.IsStandby && !_started.ContainsKey(server.Name) ? "maint" : IsDrained(server.Name) ? "drain" : "ready";
                if (statistics.Server(backend, server.Name) is { } line && line.AdministrativeState != state)
                {
                    await RuntimeApiClient.SetStateAsync(instance, NamesOf(server.Name), state, cancellationToken).ConfigureAwait(false);
                }
            }

            _statistics[instance] = statistics;
        }
        catch (RuntimeApiException)
        {
            _statistics.TryRemove(instance, out _);
        }
    }

    private HAProxyBackend BackendOf(string server) =>
        Cluster.Frontends.Select(f => f.Backend).Single(b => b.Servers.Any(s => s.Name == server));

    // The lines of the configuration that stand for the server; those for large bodies follow the first.
    private (string Backend, string Name)[] NamesOf(string name)
    {
        var backend = BackendOf(name);
        return backend.Servers.Single(server => server.Name == name) is { IsStandby: false } server && Cluster.Settings.FailOpen
            ? [(backend.Name, name), (backend.FailOpenName, server.FailOpenName)] : [(backend.Name, name)];
    }
}
