using Aspire.Hosting.Publishing;

namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// What <c>azd up</c> takes: the manifest of Aspire with a Bicep file for each service (https://aspire.dev/deployment/manifest-format,
/// cli/azd/pkg/apphost of Azure/azure-dev). Written here, and not by Aspire.Hosting.Azure.AppContainers, because that package is not
/// to be had where only a part of NuGet is.
/// </summary>
internal static class AzureContainerApps
{
    private const string EnvironmentName = "env";

    /// <summary>Has the manifest lead to the Bicep files. Only where the manifest is what is published.</summary>
    public static void AddAzureContainerApps(this IDistributedApplicationBuilder builder)
    {
        if (!string.Equals(builder.Configuration["Publishing:Publisher"], "manifest", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        // Read at once, and not when the manifest asks: everything is known, and nothing of it has to be waited for.
        var application = PublishedApplicationReader.ReadAsync(builder.Resources, builder.ExecutionContext).GetAwaiter().GetResult();
        foreach (var resource in builder.Resources.Where(resource => resource is ProjectResource or ContainerResource))
        {
            var service = application[resource.Name];
            resource.Annotations.Add(new DeploymentTargetAnnotation(new Deployment(resource.Name, manifest => WriteDeployment(manifest, application, service))));
            foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>().ToArray())
            {
                // azd would make a file share of it, on which PostgreSQL cannot keep its data.
                resource.Annotations.Remove(mount);
            }
        }

        builder.AddResource(new Deployment(EnvironmentName, manifest =>
        {
            manifest.Writer.WriteString("type", "azure.bicep.v0");
            Write(manifest, EnvironmentName, ContainerAppBicep.RenderEnvironment());
            manifest.Writer.WriteStartObject("params");
            // By this empty parameter azd knows that the environment is the application's, and not one that azd has to make.
            manifest.Writer.WriteString("userPrincipalId", "");
            manifest.Writer.WriteEndObject();
        }));
    }

    private static void WriteDeployment(ManifestPublishingContext manifest, PublishedApplication application, PublishedService service)
    {
        manifest.Writer.WriteString("type", "azure.bicep.v0");
        Write(manifest, service.Name, ContainerAppBicep.Render(application, service));
        manifest.Writer.WriteStartObject("params");
        foreach (var (name, value) in ContainerAppBicep.Parameters(application, service, EnvironmentName))
        {
            manifest.Writer.WriteString(name, value);
        }

        manifest.Writer.WriteEndObject();
    }

    private static void Write(ManifestPublishingContext manifest, string name, string bicep)
    {
        var file = $"{name}.bicep";
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(manifest.ManifestPath))!, file), bicep);
        manifest.Writer.WriteString("path", file);
    }

    /// <summary>Nothing but a way for the manifest to ask for the description of something.</summary>
    private sealed class Deployment : Resource
    {
        public Deployment(string name, Action<ManifestPublishingContext> write) : base(name) =>
            Annotations.Add(new ManifestPublishingCallbackAnnotation(write));
    }
}
