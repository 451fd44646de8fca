using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>The links of a resource in the dashboard.</summary>
internal static class ResourceUrls
{
    /// <summary>Adds a link per endpoint, then lets the resource's callbacks change and add.</summary>
    public static async Task AddAsync(IResource resource, DistributedApplicationExecutionContext execution, ILogger logger, CancellationToken cancellationToken)
    {
        var own = resource.Annotations.OfType<ResourceUrlAnnotation>().ToList();
        var endpoints = (resource as IResourceWithEndpoints)?.GetEndpoints().Where(e => e.IsAllocated).Select(e => new ResourceUrlAnnotation { Url = e.Url, Endpoint = e });
        var context = new ResourceUrlsCallbackContext(execution, resource, [.. endpoints ?? [], .. own], cancellationToken);
        try
        {
            foreach (var annotation in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>().ToArray())
            {
                await annotation.Callback(context).ConfigureAwait(false);
            }
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            logger.LogError(ex, "An error occurred while processing URLs for resource '{ResourceName}'.", resource.Name);
        }

        own.ForEach(url => resource.Annotations.Remove(url));
        foreach (var url in context.Urls)
        {
            url.Url = url.Url.StartsWith('/') && url.Endpoint is { IsAllocated: true } endpoint ? endpoint.Url + url.Url : url.Url;
            resource.Annotations.Add(url);
        }
    }

    public static IEnumerable<UrlSnapshot> Snapshot(IResource resource, bool isActive)
        => resource.Annotations.OfType<ResourceUrlAnnotation>().Select(u => new UrlSnapshot(u.Endpoint?.EndpointName, u.Url, u.DisplayLocation == UrlDisplayLocation.DetailsOnly)
        {
            IsInactive = !isActive, DisplayProperties = new(u.DisplayText ?? "", u.DisplayOrder ?? 0),
        });
}
