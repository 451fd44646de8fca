namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Starts the resource only when the dependency is healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport
    {
        if (builder.Resource.SelfAndAncestors().Contains(dependency.Resource))
        {
            throw new DistributedApplicationException($"The '{builder.Resource.Name}' resource cannot wait for itself or its parent '{dependency.Resource.Name}'.");
        }

        // Who waits for a child waits for its parent too: a database needs its server.
        foreach (var awaited in dependency.Resource.SelfAndAncestors())
        {
            builder.WithAnnotation(new WaitAnnotation(awaited));
        }

        return builder.WithRelationship(dependency.Resource, KnownRelationshipTypes.WaitFor);
    }

    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key) where T : IResource
        => builder.Resource.Annotations.Contains(new HealthCheckAnnotation(key))
            ? throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' already has a health check with key '{key}'.")
            : builder.WithAnnotation(new HealthCheckAnnotation(key));

    /// <summary>Healthy while <paramref name="path"/> answers with 200.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = builder.Resource.GetEndpoint(endpointName ?? "http");
        builder.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>((_, _) => endpoint.Exists ? Task.CompletedTask : throw new DistributedApplicationException(
            $"Could not create HTTP health check for resource '{builder.Resource.Name}' as it has no endpoint '{endpoint.EndpointName}'."));

        var key = $"{builder.Resource.Name}_{endpoint.EndpointName}_{path}_200_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new(key,
            services => new HttpHealthCheck(services.GetRequiredService<IHttpClientFactory>(), endpoint, path), failureStatus: null, tags: null));
        return builder.WithHealthCheck(key);
    }
}
