namespace Aspire.Hosting;

/// <summary>What a test sees of an AppHost's own entry point: the builder before it is made, and the application it builds.</summary>
internal abstract class BuilderInterceptor
{
    /// <summary>The interceptor of the entry point that runs here; it flows with the entry point's own asynchronous calls.</summary>
    public static readonly AsyncLocal<BuilderInterceptor?> Current = new();

    /// <summary>The builder is about to be made of these.</summary>
    public abstract void Constructing(HostApplicationBuilderSettings settings);

    /// <summary>The entry point asked for the application; it goes on when this returns.</summary>
    public abstract void Building(DistributedApplicationBuilder builder);

    /// <summary>The application is built and not yet run.</summary>
    public abstract void Built(DistributedApplication application);
}
