using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace ScaleUp.Tests.HAProxy;

/// <summary>What was told Aspire of a resource, read from its annotations; nothing runs.</summary>
internal static class ApplicationModel
{
    // Aspire asks where its programs are before it starts anything; nothing is started here.
    public static IDistributedApplicationBuilder NewBuilder() =>
        DistributedApplication.CreateBuilder(["--DcpPublisher:CliPath=none", "--DcpPublisher:DashboardPath=none"]);

    /// <summary>A server of a tier that needs no project: a container.</summary>
    public static IResourceBuilder<ContainerResource> AddServer(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new ContainerResource(name)).WithHttpEndpoint(targetPort: 8080);

    public static IResourceBuilder<ReplicaGroupResource> AddTier(this IDistributedApplicationBuilder builder, string name, int count = 2, int? max = null) =>
        builder.AddReplicas(name, count, builder.AddServer, max);

    /// <summary>What Aspire does before it starts anything.</summary>
    public static async Task PublishBeforeStartAsync(this IDistributedApplicationBuilder builder)
    {
        await using var application = builder.Build();
        await builder.Eventing.PublishAsync(new BeforeStartEvent(application.Services, new(builder.Resources)), TestContext.Current.CancellationToken);
    }

    public static EndpointAnnotation Endpoint(this IResource resource, string name) =>
        resource.Annotations.OfType<EndpointAnnotation>().Single(endpoint => endpoint.Name == name);

    public static IEnumerable<string> Endpoints(this IResource resource) => resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => endpoint.Name);

    public static IEnumerable<string> Commands(this IResource resource) => resource.Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name);

    public static string? Parent(this IResource resource) =>
        resource.Annotations.OfType<ResourceRelationshipAnnotation>().SingleOrDefault(relation => relation.Type == "Parent")?.Resource.Name;

    // Aspire itself has hidden resources beside projects that start when they are told to: those are no projects.
    public static bool IsOnStandby(this IResource resource) => resource is ProjectResource or ContainerResource && resource.Annotations.OfType<ExplicitStartupAnnotation>().Any();

    public static async Task<Dictionary<string, object>> EnvironmentAsync(this IResource resource, IDistributedApplicationBuilder builder)
    {
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, resource);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }

    public static async Task<IList<object>> ArgumentsAsync(this IResource resource)
    {
        var context = new CommandLineArgsCallbackContext([], resource);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.Args;
    }

    public static async Task<IList<object>> RuntimeArgumentsAsync(this IResource resource)
    {
        var context = new ContainerRuntimeArgsCallbackContext([]);
        foreach (var annotation in resource.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.Args;
    }
}
