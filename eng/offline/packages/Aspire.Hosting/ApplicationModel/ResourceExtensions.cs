namespace Aspire.Hosting.ApplicationModel;

public static class ResourceExtensions
{
    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) => new(resource, endpointName);

    public static bool TryGetContainerImageName(this IResource resource, [NotNullWhen(true)] out string? imageName)
        => (imageName = resource.Last<ContainerImage>()?.Reference) is not null;

    internal static IEnumerable<EndpointReference> GetEndpoints(this IResource resource)
        => resource is not IResourceWithEndpoints owner ? [] : owner.Annotations.OfType<EndpointAnnotation>().Select(e => new EndpointReference(owner, e.Name));

    internal static EndpointAnnotation? FindEndpoint(this IResource resource, string name)
        => resource.Annotations.OfType<EndpointAnnotation>().SingleOrDefault(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase));

    internal static T? Last<T>(this IResource resource) where T : IResourceAnnotation => resource.Annotations.OfType<T>().LastOrDefault();
    internal static bool HasName(this IResource resource, string name) => string.Equals(resource.Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the orchestrator runs it; anything else (a group, a database, a parameter) lives in the dashboard alone.</summary>
    internal static bool IsRunByDcp(this IResource resource) => resource is ContainerResource or ProjectResource or DashboardResource;

    internal static string HostNameInNetwork(this ContainerResource container) => $"{container.Name}.dev.internal";
    internal static string InstanceId(this IResource resource) => resource.IsRunByDcp() ? resource.Instance().Name : resource.Name;

    /// <summary>Its name in DCP; the random end keeps two runs of one application apart on one machine.</summary>
    internal static DcpInstanceAnnotation Instance(this IResource resource)
    {
        lock (resource.Annotations)
        {
            if (resource.Last<DcpInstanceAnnotation>() is not { } instance)
            {
                var suffix = RandomSuffix();
                resource.Annotations.Add(instance = new($"{resource.Name}-{suffix}", suffix));
            }

            return instance;
        }
    }

    internal static string RandomSuffix() => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz", 8);

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
