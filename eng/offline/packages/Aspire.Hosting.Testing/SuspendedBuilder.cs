using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>The AppHost's own builder, in the hands of a test while the AppHost waits.</summary>
internal sealed class SuspendedBuilder(EntryPointRun run, DistributedApplicationBuilder builder) : IDistributedApplicationTestingBuilder
{
    public ConfigurationManager Configuration => builder.Configuration;

    public string AppHostDirectory => builder.AppHostDirectory;

    public Assembly? AppHostAssembly => builder.AppHostAssembly;

    public IHostEnvironment Environment => builder.Environment;

    public IServiceCollection Services => builder.Services;

    public IDistributedApplicationEventing Eventing => builder.Eventing;

    public DistributedApplicationExecutionContext ExecutionContext => builder.ExecutionContext;

    public IResourceCollection Resources => builder.Resources;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => builder.AddResource(resource);

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => builder.CreateResourceBuilder(resource);

    public DistributedApplication Build() => BuildAsync().GetAwaiter().GetResult();

    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default)
        => new AppHostApplication(run, await run.BuildAsync(cancellationToken).ConfigureAwait(false));

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public ValueTask DisposeAsync() => run.DisposeAsync();
}

/// <summary>The application as a test holds it: the AppHost itself starts it, so starting it here means waiting for that.</summary>
internal sealed class AppHostApplication(EntryPointRun run, DistributedApplication application) : DistributedApplication(application)
{
    public override async Task RunAsync(CancellationToken cancellationToken = default)
    {
        await StartAsync(cancellationToken).ConfigureAwait(false);
        await run.WaitUntilEndedAsync(cancellationToken).ConfigureAwait(false);
    }

    public override Task StartAsync(CancellationToken cancellationToken = default) => run.WaitUntilStartedAsync(cancellationToken);

    public override Task StopAsync(CancellationToken cancellationToken = default) => run.DisposeAsync().AsTask().WaitAsync(cancellationToken);

    public override void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public override ValueTask DisposeAsync() => run.DisposeAsync();
}
