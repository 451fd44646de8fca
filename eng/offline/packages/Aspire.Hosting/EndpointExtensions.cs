using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints => builder.Resource.GetEndpoint(name);

    /// <summary>Adds an endpoint, or changes what is given of one of that name.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null,
        string? name = null, string? env = null, bool? isProxied = null, bool? isExternal = null, ProtocolType? protocol = null) where T : IResourceWithEndpoints
    {
        var resolvedName = name ?? scheme ?? (protocol ?? ProtocolType.Tcp).ToString().ToLowerInvariant();
        var endpoint = builder.Find(resolvedName);
        if (endpoint is null)
        {
            endpoint = new(protocol ?? ProtocolType.Tcp, scheme, name: resolvedName);
            builder.WithAnnotation(endpoint);
        }

        endpoint.Port = port ?? endpoint.SpecifiedPort;
        endpoint.TargetPort = targetPort ?? endpoint.TargetPort;
        endpoint.IsExternal = isExternal ?? endpoint.IsExternal;
        endpoint.IsProxied = isProxied ?? endpoint.IsProxied;
        if (env is not null)
        {
            endpoint.TargetPortEnvironmentVariable = env;
            var target = new EndpointReference(builder.Resource, endpoint).Property(EndpointProperty.TargetPort);
            Action<EnvironmentCallbackContext> set = context => context.EnvironmentVariables[env] = target;
            builder.WithAnnotation(new EnvironmentCallbackAnnotation(set.AsAsync()));
        }

        return builder;
    }

    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Action<EndpointAnnotation> callback, bool createIfNotExists = true) where T : IResourceWithEndpoints
    {
        if (builder.Find(endpointName) is null && createIfNotExists)
        {
            builder.WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, name: endpointName));
        }

        if (builder.Find(endpointName) is { } endpoint)
        {
            callback(endpoint);
        }

        return builder;
    }

    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null,
        string? env = null, bool? isProxied = null) where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    public static IResourceBuilder<T> WithHttpsEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null,
        string? env = null, bool? isProxied = null) where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "https", name, env, isProxied);

    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme is "http" or "https").ToList().ForEach(e => e.IsExternal = true);
        return builder;
    }

    private static EndpointAnnotation? Find<T>(this IResourceBuilder<T> builder, string name) where T : IResource
        => builder.Resource.Annotations.OfType<EndpointAnnotation>().SingleOrDefault(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase));
}
