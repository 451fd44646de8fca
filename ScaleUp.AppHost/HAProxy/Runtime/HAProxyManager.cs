using System.Collections.Concurrent;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// Reads the statistics of a cluster's load balancers and drains servers on all of them. It stores which servers are drained, and applies
/// that again to a load balancer that has lost it through a restart or reload.
/// </summary>
internal sealed class HAProxyManager(HAProxyClusterResource cluster)
{
    private readonly ConcurrentDictionary<string, bool> _drained = new();
    private readonly ConcurrentDictionary<string, bool> _started = new();
    private readonly ConcurrentDictionary<HAProxyResource, HAProxyStatistics> _statistics = new();

    public HAProxyClusterResource Cluster { get; } = cluster;

    /// <summary>Whether the server is drained, so that it gets no new requests.</summary>
    public bool IsDrained(string server) => _drained.ContainsKey(server);

    /// <summary>Stores whether a server has started. A standby server stays in maintenance until then.</summary>
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

    /// <summary>The number of requests in flight at the server, from all load balancers.</summary>
    public long InFlight(string server)
    {
        (string Backend, string Name)[] lines = [.. NamesOf(server), (BackendOf(server).LargeBodyName, server)];
        return _statistics.Values.Sum(statistics => lines.Sum(line => statistics.Server(line.Backend, line.Name)?.InFlight ?? 0));
    }

    /// <summary>The load balancer's latest statistics; null if it did not answer.</summary>
    public HAProxyStatistics? StatisticsOf(HAProxyResource instance) => _statistics.GetValueOrDefault(instance);

    /// <summary>Reads the statistics of all load balancers, and corrects server states that differ from the stored ones.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Cluster.Instances.Select(instance => RefreshAsync(instance, cancellationToken)));

    /// <summary>Stops sending new requests to a server.</summary>
    /// <returns>The result as a message for the user.</returns>
    /// <exception cref="RuntimeApiException">
    /// The server is the only available one of its tier, or no load balancer could be updated; the server is not drained.
    /// </exception>
    public async Task<string> DrainAsync(string server, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        var backend = BackendOf(server);
        bool IsUp(HAProxyServer other) => _statistics.Values.Any(s => s.Server(backend.Name, other.Name) is { IsUp: true });
        if (!backend.Servers.Any(other => other.Name != server && !IsDrained(other.Name) && IsUp(other)))
        {
            throw new RuntimeApiException(
                $"{server} is the only available server of {backend.Name}. " +
                "Start another server, or return one to service, before you drain it.");
        }

        _drained[server] = true;
        try
        {
            var errors = await SetStateEverywhereAsync(server, drained: true, cancellationToken).ConfigureAwait(false);
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
            return $"{server} gets no new requests; {InFlight(server)} are in flight.{errors}";
        }
        catch
        {
            _drained.TryRemove(server, out _);
            throw;
        }
    }

    /// <summary>Returns a drained server to service.</summary>
    /// <returns>The result as a message for the user.</returns>
    /// <exception cref="RuntimeApiException">No load balancer could be updated.</exception>
    public async Task<string> ReturnAsync(string server, CancellationToken cancellationToken)
    {
        // Remove it first, or a concurrent refresh would drain the server again.
        var wasDrained = _drained.TryRemove(server, out _);
        try
        {
            var errors = await SetStateEverywhereAsync(server, drained: false, cancellationToken).ConfigureAwait(false);
            return $"{server} gets requests again.{errors}";
        }
        catch when (wasDrained)
        {
            _drained[server] = true;
            throw;
        }
    }

    private async Task<string> SetStateEverywhereAsync(string server, bool drained, CancellationToken cancellationToken)
    {
        var (names, state) = (NamesOf(server), drained ? "drain" : "ready");
        var errors = await Task.WhenAll(Cluster.Instances.Select(async instance =>
        {
            try
            {
                await RuntimeApiClient.SetStateAsync(instance, names, state, cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (RuntimeApiException ex)
            {
                return ex.Message;
            }
        })).ConfigureAwait(false);

        var failed = errors.OfType<string>().ToArray();
        return failed.Length == errors.Length
                ? throw new RuntimeApiException($"No load balancer could be updated. {string.Join(' ', failed)}")
            : failed.Length == 0 ? ""
            : $" {string.Join(' ', failed)} It will be updated when it answers again.";
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
