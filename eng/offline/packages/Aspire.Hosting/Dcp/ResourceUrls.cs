namespace Aspire.Hosting.Dcp;

/// <summary>The links of a resource in the dashboard.</summary>
internal static class ResourceUrls
{
    /// <summary>Adds a link per endpoint, and lets the resource's callbacks change it.</summary>
    public static void Add(IResource resource)
    {
        foreach (var endpoint in resource.GetEndpoints().ToArray())
        {
            var url = new ResourceUrlAnnotation { Url = endpoint.Url, EndpointName = endpoint.EndpointName };
            foreach (var change in resource.Annotations.OfType<EndpointUrlCallbackAnnotation>().Where(c => string.Equals(c.EndpointName, endpoint.EndpointName, StringComparison.OrdinalIgnoreCase)))
            {
                change.Callback(url);
            }

            resource.Annotations.Add(url);
        }
    }

    public static ImmutableArray<UrlSnapshot> Snapshot(IResource resource, bool isActive)
        => [.. resource.Annotations.OfType<ResourceUrlAnnotation>().Select(u => new UrlSnapshot(u.EndpointName, u.Url, IsInternal: false)
        {
            IsInactive = !isActive, DisplayProperties = new(u.DisplayText ?? ""),
        })];
}
