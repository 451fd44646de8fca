namespace Aspire.Hosting;

/// <summary>The application model, built: runs until it is told to stop.</summary>
public class DistributedApplication : IAsyncDisposable
{
    private readonly IHost _host;

    internal DistributedApplication(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;
    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();
    internal IHost Host => _host;

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    public void Run() => RunAsync().GetAwaiter().GetResult();

    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var model = Services.GetRequiredService<DistributedApplicationModel>();
        await Services.GetRequiredService<IDistributedApplicationEventing>().PublishAsync(new BeforeStartEvent(Services, model), cancellationToken).ConfigureAwait(false);
        if (Services.GetService<DashboardLauncher>() is { } dashboard)
        {
            await dashboard.AddAsync(model, cancellationToken).ConfigureAwait(false);
        }

        await _host.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public virtual ValueTask DisposeAsync() => ((IAsyncDisposable)_host).DisposeAsync();

    private async Task RunAsync()
    {
        var stopping = Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            if (Services.GetService<DistributedApplicationPipeline>() is { } pipeline)
            {
                await pipeline.ExecuteAsync(Services, stopping).ConfigureAwait(false);
                return;
            }

            await StartAsync().ConfigureAwait(false);
            await _host.WaitForShutdownAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Ctrl-C during the start is a way to stop, not a failure; what was started is stopped below.
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }
}
