using Aspire.Hosting.Publishing;

namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// Publishes the input of <c>azd up</c>: Aspire's manifest with a Bicep file for each service
/// (https://aspire.dev/deployment/manifest-format, cli/azd/pkg/apphost in Azure/azure-dev). It does not use
/// Aspire.Hosting.Azure.AppContainers, because that package is unavailable where only a part of NuGet is mirrored.
/// </summary>
internal static class AzureContainerApps
{
    private const string EnvironmentName = "env";

    /// <summary>Adds the Bicep files to the manifest. It does nothing unless the manifest is published.</summary>
    public static void AddAzureContainerApps(this IDistributedApplicationBuilder builder)
    {
        if (!string.Equals(builder.Configuration["Publishing:Publisher"], "manifest", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        // Blocking is safe here, because in publish mode all values are known.
        var application = PublishedApplicationReader.ReadAsync(builder.Resources, builder.ExecutionContext).GetAwaiter().GetResult();
        foreach (var resource in builder.Resources.Where(resource => resource is ProjectResource or ContainerResource))
        {
            var service = application[resource.Name];
            resource.Annotations.Add(new DeploymentTargetAnnotation(
                new Deployment(resource.Name, manifest => WriteDeployment(manifest, application, service))));
            foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>().ToArray())
            {
                // azd would create a file share for it, which PostgreSQL does not support.
                resource.Annotations.Remove(mount);
            }
        }

        builder.AddResource(new Deployment(EnvironmentName, manifest =>
        {
            manifest.Writer.WriteString("type", "azure.bicep.v0");
            Write(manifest, EnvironmentName, ContainerAppBicep.RenderEnvironment());
            manifest.Writer.WriteStartObject("params");
            // This empty parameter tells azd that the application brings its own environment, so azd creates none.
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

    /// <summary>A resource that only writes its part of the manifest.</summary>
    private sealed class Deployment : Resource
    {
        public Deployment(string name, Action<ManifestPublishingContext> write) : base(name) =>
            Annotations.Add(new ManifestPublishingCallbackAnnotation(write));
    }
}
