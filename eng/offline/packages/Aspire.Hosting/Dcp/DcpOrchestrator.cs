using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>Brings the application model to life on DCP, and down again.</summary>
internal sealed partial class DcpOrchestrator(DcpHost host, DcpServices services, ContainerTunnel tunnel, DcpWatcher watcher, DistributedApplicationModel model,
    ResourceNotificationService notifications, ResourceLoggerService loggers, IDistributedApplicationEventing eventing,
    DistributedApplicationExecutionContext execution, IHostEnvironment environment, IServiceProvider provider, ILogger<DcpOrchestrator> logger) : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new(), _noMoreNews = new();
    private DcpApi? _api;

    private DcpApi Api => _api ?? throw new InvalidOperationException("DCP has not been started yet.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        IResource[] run = [.. model.Resources.Where(r => r.IsRunByDcp())];
        foreach (var resource in run)
        {
            var one = new SemaphoreSlim(1);
            LifecycleCommands.Add(resource, ct => StartResourceAsync(resource, one, ct), ct => StopResourceAsync(resource, one, ct));
        }

        await ShowInitialStatesAsync(cancellationToken).ConfigureAwait(false);
        _api = await host.StartAsync(cancellationToken).ConfigureAwait(false);
        foreach (var watch in (Task[])[services.WatchAsync(Api, _stopping.Token), watcher.WatchAsync(Api, "executables", _stopping.Token),
            watcher.WatchAsync(Api, "containers", _stopping.Token)])
        {
            _ = watch.ContinueWith(w => logger.LogCritical(w.Exception, "DCP has ended or can't be reached; what happens from now on is not seen."),
                _noMoreNews.Token, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        if (run.Any(r => r.IsContainer()))
        {
            var network = $"aspire-session-network-{RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz", 8)}-{environment.ApplicationName.Replace(".AppHost", "", StringComparison.Ordinal)}";
            await Api.CreateAsync("containernetworks", "ContainerNetwork", DcpSpecs.NetworkName, new { networkName = network }, cancellationToken).ConfigureAwait(false);
        }

        // All addresses come before any start, since every environment variable may need one.
        await services.AllocateAsync(Api, cancellationToken).ConfigureAwait(false);
        foreach (var resource in run)
        {
            await ResourceUrls.AddAsync(resource, execution, loggers.GetLogger(resource), cancellationToken).ConfigureAwait(false);
            await notifications.PublishUpdateAsync(resource, s => s with { Urls = [.. ResourceUrls.Snapshot(resource, isActive: false)] }).ConfigureAwait(false);
            await eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource, provider), cancellationToken).ConfigureAwait(false);
        }

        // What can't start has told it in its log and state; the others go on.
        await Task.WhenAll(run.Select(async r => await FirstStartAsync(r, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        await eventing.PublishAsync(new AfterResourcesCreatedEvent(provider, model), cancellationToken).ConfigureAwait(false);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _noMoreNews.CancelAsync().ConfigureAwait(false);
            // The watchers go on until everything has stopped, so that the last states and log lines are seen.
            await (_api?.StopServerAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _stopping.CancelAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await StopAsync(limit.Token).ConfigureAwait(false);
        _api?.Dispose();
    }

    private async Task ShowInitialStatesAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources.ToArray())
        {
            if (!resource.IsRunByDcp())
            {
                await ResourceUrls.AddAsync(resource, execution, loggers.GetLogger(resource), cancellationToken).ConfigureAwait(false);
            }

            ResourceRelationshipAnnotation[] relations = [.. resource is IResourceWithParent child ? [new(child.Parent, KnownRelationshipTypes.Parent)]
                : Array.Empty<ResourceRelationshipAnnotation>(), .. resource.Annotations.OfType<ResourceRelationshipAnnotation>()];
            await notifications.PublishUpdateAsync(resource, s => (resource is ParameterResource parameter ? Show(parameter, s) : s)
                .With((KnownProperties.ParentName, relations.FirstOrDefault(r => r.Type == KnownRelationshipTypes.Parent)?.Resource.InstanceId())) with
            {
                Relationships = [.. relations.Select(r => new RelationshipSnapshot(r.Resource.Name, r.Type))],
                Urls = [.. ResourceUrls.Snapshot(resource, isActive: !resource.IsRunByDcp())],
                HealthReports = [.. resource.HealthCheckKeys().Select(key => new HealthReportSnapshot(key, null, null, null))],
            }).ConfigureAwait(false);
            var initialize = new InitializeResourceEvent(resource, eventing, loggers.GetLogger(resource), notifications, provider);
            _ = Task.Run(() => eventing.PublishAsync(initialize, _stopping.Token), _stopping.Token);
        }
    }

    private CustomResourceSnapshot Show(ParameterResource parameter, CustomResourceSnapshot snapshot)
    {
        try
        {
            var value = parameter.GetValueAsync(default).AsTask().GetAwaiter().GetResult();
            return snapshot with
            {
                State = KnownResourceStates.Running,
                Properties = snapshot.Properties.Add(new(KnownProperties.ParameterValue, value) { IsSensitive = parameter.Secret }),
            };
        }
        catch (Exception ex)
        {
            return snapshot.With((KnownProperties.ParameterValue, ex.Message)) with { State = new(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn) };
        }
    }
}
