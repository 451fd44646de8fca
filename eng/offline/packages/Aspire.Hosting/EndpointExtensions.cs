namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null,
        string? env = null, bool? isProxied = null) where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    public static IResourceBuilder<T> WithHttpsEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null,
        string? env = null, bool? isProxied = null) where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "https", name, env, isProxied);

    /// <summary>Adds an endpoint, or changes what is given of the one of that name.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null,
        string? name = null, string? env = null, bool? isProxied = null, bool? isExternal = null, ProtocolType? protocol = null)
        where T : IResourceWithEndpoints
    {
        scheme ??= (protocol ?? ProtocolType.Tcp).ToString().ToLowerInvariant();
        if (builder.Resource.FindEndpoint(name ?? scheme) is not { } endpoint)
        {
            builder.WithAnnotation(endpoint = new(name ?? scheme) { UriScheme = scheme, Protocol = protocol ?? ProtocolType.Tcp });
        }

        endpoint.Port = port ?? endpoint.SpecifiedPort;
        endpoint.TargetPort = targetPort ?? endpoint.TargetPort;
        endpoint.IsProxied = isProxied ?? endpoint.IsProxied;
        endpoint.IsExternal = isExternal ?? endpoint.IsExternal;
        endpoint.TargetPortVariable = env ?? endpoint.TargetPortVariable;
        return env is null ? builder : builder.WithAnnotation(new EnvironmentCallbackAnnotation(Callbacks.Of<EnvironmentCallbackContext>(
            context => context.EnvironmentVariables[env] = builder.Resource.GetEndpoint(endpoint.Name).Property(EndpointProperty.TargetPort))));
    }

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

    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme is "http" or "https").ToList().ForEach(e => e.IsExternal = true);
        return builder;
    }
}
