namespace Aspire.Hosting;

/// <summary>Where a project is; the SDK generates an implementation for every project that the AppHost refers to.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }
}

public static class ProjectResourceBuilderExtensions
{
    /// <summary>For publishing alone: here a project is one process.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
        => replicas == 1 || builder.ApplicationBuilder.ExecutionContext.IsPublishMode ? builder.WithAnnotation(new ReplicaAnnotation(replicas))
        : throw new NotSupportedException($"{replicas} replicas of '{builder.Resource.Name}' are not covered by eng/offline; in run mode add several.");

    /// <summary>Does nothing: what it keeps from being set is not set here.</summary>
    public static IResourceBuilder<ProjectResource> DisableForwardedHeaders(this IResourceBuilder<ProjectResource> builder) => builder;

    public static IProjectMetadata GetProjectMetadata(this ProjectResource project) => project.Annotations.OfType<IProjectMetadata>().Single();

    /// <summary>Adds a project that runs without a launch profile; <paramref name="launchProfileName"/> must be null.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new()
    {
        var metadata = new TProject();
        var project = new ProjectResource(name, metadata.ProjectPath);
        if (launchProfileName is not null)
        {
            throw new NotSupportedException($"The launch profile of '{name}' is not covered by eng/offline; give null and set endpoints and environment.");
        }

        var settings = new ConfigurationBuilder().AddJsonFile(Path.Combine(project.Folder, "appsettings.json"), optional: true).Build();
        if (settings.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            throw new NotSupportedException($"Kestrel:Endpoints in the appsettings of '{project.ProjectPath}' are not covered by eng/offline; use WithHttpEndpoint.");
        }

        return builder.AddResource(project).WithAnnotation(metadata).WithOtlpExporter().WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            if (builder.ExecutionContext.IsPublishMode)
            {
                variables["HTTP_PORTS"] = project.GetEndpoint("http").Property(EndpointProperty.TargetPort);
                return;
            }

            variables["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true";
            variables["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
            // The server binds its target ports; if there is a proxy, DCP's has the public ones.
            EndpointReference[] endpoints = [.. project.GetEndpoints().Where(e => e.EndpointAnnotation is { UriScheme: "http", TargetPortVariable: null })];
            if (endpoints.Length > 0)
            {
                variables["ASPNETCORE_URLS"] = new ReferenceExpression(
                    string.Join(';', endpoints.Select((e, i) => $"http://{e.EndpointAnnotation.TargetHost}:{{{i}}}")),
                    [.. endpoints.Select(e => e.Property(EndpointProperty.TargetPort))]);
            }
        });
    }
}
