namespace Aspire.Hosting.Testing;

/// <summary>How a test reaches the resources of a started application.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>Makes an HTTP client whose base address is an endpoint of the resource.</summary>
    /// <exception cref="ArgumentException">There is no such resource or endpoint, or it has no address yet.</exception>
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string endpointName)
    {
        var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.BaseAddress = app.GetEndpoint(resourceName, endpointName);
        return client;
    }

    /// <summary>The address of an endpoint of the resource as this host sees it.</summary>
    /// <exception cref="ArgumentException">There is no such resource or endpoint, or it has no address yet.</exception>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string endpointName)
    {
        var resource = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.FirstOrDefault(r => r.HasName(resourceName))
            ?? throw new ArgumentException($"Resource '{resourceName}' not found.", nameof(resourceName));
        return resource is IResourceWithEndpoints owner && owner.GetEndpoint(endpointName) is { IsAllocated: true } endpoint ? new(endpoint.Url)
            : throw new ArgumentException($"Endpoint '{endpointName}' for resource '{resourceName}' not found.", nameof(endpointName));
    }
}
