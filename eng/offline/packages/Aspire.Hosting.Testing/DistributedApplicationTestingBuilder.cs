namespace Aspire.Hosting.Testing;

/// <summary>An AppHost's builder, held just before the AppHost builds its application, so that a test can change it.</summary>
public interface IDistributedApplicationTestingBuilder : IAsyncDisposable
{
    IServiceCollection Services { get; }
    DistributedApplicationExecutionContext ExecutionContext { get; }
    IResourceCollection Resources { get; }
    /// <summary>Lets the AppHost go on, and returns its application.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

/// <summary>Runs an AppHost's real entry point for a test.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Runs the entry point of the AppHost that has <typeparamref name="TEntryPoint"/> up to the point where it builds its application.</summary>
    /// <typeparam name="TEntryPoint">Any type of the AppHost's assembly, as <c>Projects.Name_AppHost</c>.</typeparam>
    /// <param name="args">Added to the command line that the AppHost gives its builder.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The assembly has no entry point, or it ended without building an application.</exception>
    /// <remarks>An exception of the AppHost before it builds comes out of here as it is.</remarks>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class
    {
        var entry = new EntryPointRun(typeof(TEntryPoint).Assembly, args);
        try
        {
            return new SuspendedBuilder(entry, await entry.GetBuilderAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await entry.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

internal sealed class SuspendedBuilder(EntryPointRun run, IDistributedApplicationBuilder builder) : IDistributedApplicationTestingBuilder
{
    public IServiceCollection Services => builder.Services;
    public DistributedApplicationExecutionContext ExecutionContext => builder.ExecutionContext;
    public IResourceCollection Resources => builder.Resources;
    public ValueTask DisposeAsync() => run.DisposeAsync();
    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default)
        => new AppHostApplication(run, await run.BuildAsync(cancellationToken).ConfigureAwait(false));
}

/// <summary>The application as a test holds it: the AppHost itself starts it, so starting it here means waiting for that.</summary>
internal sealed class AppHostApplication(EntryPointRun run, DistributedApplication application) : DistributedApplication(application.Host)
{
    public override Task StartAsync(CancellationToken cancellationToken = default) => run.WaitUntilStartedAsync(cancellationToken);
    public override ValueTask DisposeAsync() => run.DisposeAsync();
}
