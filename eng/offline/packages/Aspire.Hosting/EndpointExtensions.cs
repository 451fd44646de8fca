namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null,
        bool? isProxied = null) where T : IResourceWithEndpoints
        => builder.WithEndpoint(name ?? "http", endpoint =>
        {
            endpoint.UriScheme = "http";
            endpoint.Port = port ?? endpoint.SpecifiedPort;
            endpoint.TargetPort = targetPort ?? endpoint.TargetPort;
            endpoint.IsProxied = isProxied ?? endpoint.IsProxied;
        });

    /// <summary>Adds an endpoint, or changes the one of that name.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<EndpointAnnotation> callback)
        where T : IResourceWithEndpoints
    {
        if (builder.Resource.FindEndpoint(endpointName) is not { } endpoint)
        {
            builder.WithAnnotation(endpoint = new(endpointName));
        }

        callback(endpoint);
        return builder;
    }
}
