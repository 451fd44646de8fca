using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Builds application models and reads the annotations of their resources, without starting anything.</summary>
internal static class ApplicationModel
{
    // Aspire requires the paths of its executables even if nothing is started.
    public static IDistributedApplicationBuilder NewBuilder() =>
        DistributedApplication.CreateBuilder(["--DcpPublisher:CliPath=none", "--DcpPublisher:DashboardPath=none"]);

    /// <summary>Adds a container as a server, so that a tier needs no project.</summary>
    public static IResourceBuilder<ContainerResource> AddServer(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new ContainerResource(name)).WithHttpEndpoint(targetPort: 8080);

    public static IResourceBuilder<ReplicaGroupResource> AddTier(
        this IDistributedApplicationBuilder builder, string name, int count = 2, int? max = null) =>
        builder.AddReplicas(name, count, builder.AddServer, max);

    /// <summary>Publishes the event that Aspire publishes before it starts the resources.</summary>
    public static async Task PublishBeforeStartAsync(this IDistributedApplicationBuilder builder)
    {
        await using var application = builder.Build();
        var beforeStart = new BeforeStartEvent(application.Services, new(builder.Resources));
        await builder.Eventing.PublishAsync(beforeStart, TestContext.Current.CancellationToken);
    }

    public static EndpointAnnotation Endpoint(this IResource resource, string name) =>
        resource.Annotations.OfType<EndpointAnnotation>().Single(endpoint => endpoint.Name == name);

    public static IEnumerable<string> Endpoints(this IResource resource) =>
        resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => endpoint.Name);

    public static IEnumerable<string> Commands(this IResource resource) =>
        resource.Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name);

    public static string? Parent(this IResource resource) =>
        resource.Annotations.OfType<ResourceRelationshipAnnotation>().SingleOrDefault(relation => relation.Type == "Parent")?.Resource.Name;

    // The type check excludes the hidden resources that Aspire adds for projects with explicit start.
    public static bool IsOnStandby(this IResource resource) =>
        resource is ProjectResource or ContainerResource && resource.Annotations.OfType<ExplicitStartupAnnotation>().Any();

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
