using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

public static class ResourceExtensions
{
    public static bool TryGetLastAnnotation<T>(this IResource resource, [NotNullWhen(true)] out T? annotation) where T : IResourceAnnotation
        => (annotation = resource.Annotations.OfType<T>().LastOrDefault()) is not null;

    public static bool TryGetAnnotationsOfType<T>(this IResource resource, [NotNullWhen(true)] out IEnumerable<T>? result) where T : IResourceAnnotation
        => (result = resource.Annotations.OfType<T>().ToArray() is { Length: > 0 } found ? found : null) is not null;

    public static bool HasAnnotationOfType<T>(this IResource resource) where T : IResourceAnnotation => resource.Annotations.OfType<T>().Any();

    public static bool TryGetEndpoints(this IResource resource, [NotNullWhen(true)] out IEnumerable<EndpointAnnotation>? endpoints)
        => resource.TryGetAnnotationsOfType(out endpoints);

    public static bool TryGetContainerImageName(this IResource resource, [NotNullWhen(true)] out string? imageName)
        => (imageName = !resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image) ? null
            : $"{(image.Registry is null ? "" : image.Registry + "/")}{image.Image}:{image.Tag ?? "latest"}") is not null;

    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) => new(resource, endpointName);

    public static IEnumerable<EndpointReference> GetEndpoints(this IResourceWithEndpoints resource)
        => resource.Annotations.OfType<EndpointAnnotation>().Select(e => new EndpointReference(resource, e));

    internal static bool HasName(this IResource resource, string name) => string.Equals(resource.Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the orchestrator runs it; anything else (a group, a database, a parameter) lives in the dashboard alone.</summary>
    internal static bool IsRunByDcp(this IResource resource) => resource is ContainerResource or ExecutableResource or ProjectResource;

    internal static string InstanceId(this IResource resource) => resource.IsRunByDcp() ? resource.Instance().Name : resource.Name;

    /// <summary>Its name in DCP; the random end keeps two runs of one application apart on one machine.</summary>
    internal static DcpInstanceAnnotation Instance(this IResource resource)
    {
        lock (resource.Annotations)
        {
            if (!resource.TryGetLastAnnotation<DcpInstanceAnnotation>(out var instance))
            {
                var suffix = RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz", 8);
                instance = new(resource.TryGetLastAnnotation<ContainerNameAnnotation>(out var given) ? given.Name : $"{resource.Name}-{suffix}", suffix);
                resource.Annotations.Add(instance);
            }

            return instance;
        }
    }

    internal static IEnumerable<IResource> SelfAndAncestors(this IResource resource)
    {
        for (var current = resource; current is not null; current = (current as IResourceWithParent)?.Parent)
        {
            yield return current;
        }
    }

    /// <summary>The health checks that count for it: a child, such as a database, is no healthier than its server.</summary>
    internal static ImmutableArray<string> HealthCheckKeys(this IResource resource)
        => [.. resource.SelfAndAncestors().SelectMany(r => r.Annotations.OfType<HealthCheckAnnotation>()).Select(a => a.Key).Distinct()];
}

public static class ProjectResourceExtensions
{
    public static IEnumerable<ProjectResource> GetProjectResources(this DistributedApplicationModel model) => model.Resources.OfType<ProjectResource>();
    public static IProjectMetadata GetProjectMetadata(this ProjectResource projectResource) => projectResource.Annotations.OfType<IProjectMetadata>().Single();
}
