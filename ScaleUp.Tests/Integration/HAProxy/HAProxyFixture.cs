namespace ScaleUp.Tests.HAProxy;

/// <summary>The load balancers that the tests of a class share.</summary>
public abstract class HAProxyFixture : IAsyncLifetime
{
    private HAProxyCluster? _cluster;

    internal HAProxyCluster Cluster => _cluster ?? throw new InvalidOperationException("The load balancers were not started.");

    /// <summary>Starts the load balancers.</summary>
    internal abstract Task<HAProxyCluster> StartAsync();

    public async ValueTask InitializeAsync() => _cluster = await StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        // xunit also disposes of a fixture that failed to start; an exception here would hide the reason.
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}
