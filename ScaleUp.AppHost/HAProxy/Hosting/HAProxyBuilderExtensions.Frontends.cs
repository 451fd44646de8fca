using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public static partial class HAProxyBuilderExtensions
{
    private const int PublicPort = 8080;
    private const int SecurePort = 8443;
    private const int FirstInternalPort = 8081;

    // "localhost" resolves to the first two, and browsers and HTTP clients fail over between them. More instances get further loopback
    // addresses, which Linux supports without configuration.
    private static readonly string[] s_publicAddresses = ["127.0.0.1", "::1", "127.0.0.3", "127.0.0.4"];

    /// <summary>
    /// Adds the public frontend. All load balancers listen on the same port, the first on 127.0.0.1, the second on ::1, which together are
    /// <c>localhost</c>. (The third and fourth listen on 127.0.0.3 and 127.0.0.4.)
    /// </summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="tier">The servers that the requests go to, by their endpoint <c>http</c>.</param>
    /// <param name="port">The port; 0 takes one that is free on all addresses.</param>
    /// <param name="displayText">The text of the frontend's link in the dashboard.</param>
    /// <returns>The frontend, a child of the cluster in the dashboard.</returns>
    /// <exception cref="DistributedApplicationException">
    /// There is already a public frontend, the servers have no endpoint <c>http</c>, or, at startup, the port is in use.
    /// </exception>
    public static IResourceBuilder<HAProxyFrontendResource> AddPublicFrontend(
        this IResourceBuilder<HAProxyClusterResource> cluster,
        IResourceBuilder<ReplicaGroupResource> tier,
        int port = PublicPort,
        string displayText = "Public frontend")
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(tier);
        ThrowIfNoPort(port);

        ArgumentException.ThrowIfNullOrEmpty(displayText);

        cluster.Resource.AddFrontend(cluster.ApplicationBuilder, HAProxyResource.PublicEndpointName, PublicPort, isPublic: true, tier.Resource);
        cluster.Resource.PublicDisplayText = displayText;
        cluster.Publish(HAProxyResource.PublicEndpointName, Uri.UriSchemeHttp, port, PublicPort);
        return cluster.AddFrontendResource(HAProxyResource.PublicEndpointName);
    }

    /// <summary>
    /// Enables TLS on the public frontend: HTTPS with HTTP/2, and HTTP/3 if HAProxy was built with it. HTTP requests are redirected to
    /// HTTPS, and responses contain HSTS outside development.
    /// </summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="port">The port; 0 selects one that is free on all addresses.</param>
    /// <param name="certificatePath">
    /// A PEM file with the certificate, its chain and the private key. Null uses the ASP.NET Core development certificate.
    /// </param>
    /// <exception cref="DistributedApplicationException">
    /// The certificate is missing or invalid, or the application is published. The message contains the reason and the solution.
    /// </exception>
    public static IResourceBuilder<HAProxyClusterResource> WithTls(
        this IResourceBuilder<HAProxyClusterResource> cluster, int port = SecurePort, string? certificatePath = null)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ThrowIfNoPort(port);
        if (cluster.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            throw new DistributedApplicationException(
                $"Cluster '{cluster.Resource.Name}' cannot be published with a certificate, because its key would be part of an image. " +
                $"Terminate TLS at the ingress, and call {nameof(WithTls)} in run mode only.");
        }

        cluster.Resource.Certificate = certificatePath is null
            ? HAProxyCertificate.FindDevelopment()
            : HAProxyCertificate.Read(certificatePath);
        cluster.Resource.Tls = new HAProxyTls(SecurePort, StrictTransport: !cluster.ApplicationBuilder.Environment.IsDevelopment());
        port = cluster.Publish(HAProxyResource.SecureEndpointName, Uri.UriSchemeHttps, port, SecurePort);
        cluster.Publish(HAProxyResource.QuicEndpointName, "udp", port, SecurePort, ProtocolType.Udp);
        cluster.ForEachInstance(instance =>
            instance.WithEnvironment(HAProxyConfiguration.TlsPortVariable, port.ToString(CultureInfo.InvariantCulture)));
        return cluster;
    }

    /// <summary>Adds a frontend for other tiers, which reference it by <c>WithReference</c>. Visitors can't reach it.</summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="name">The name under which service discovery finds the frontend.</param>
    /// <param name="tier">The servers that the requests go to.</param>
    /// <returns>The frontend, a child of the cluster in the dashboard.</returns>
    /// <exception cref="DistributedApplicationException">
    /// The tier already has a frontend, its servers have no endpoint <c>http</c>, or the load balancers have an endpoint with its name.
    /// </exception>
    public static IResourceBuilder<HAProxyFrontendResource> AddInternalFrontend(
        this IResourceBuilder<HAProxyClusterResource> cluster, [EndpointName] string name, IResourceBuilder<ReplicaGroupResource> tier)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(tier);

        var port = FirstInternalPort + cluster.Resource.Frontends.Count(f => !f.IsPublic);
        cluster.Resource.AddFrontend(cluster.ApplicationBuilder, name, port, isPublic: false, tier.Resource);
        // Aspire's proxy would hold requests for a stopped load balancer instead of refusing them, and the caller would not fail over.
        cluster.ForEachInstance(instance => instance.WithHttpEndpoint(targetPort: port, name: name, isProxied: false));
        return cluster.AddFrontendResource(name);
    }

    /// <summary>
    /// Tells a resource how to reach an internal frontend: service discovery resolves <c>http://name</c> to one endpoint for each load
    /// balancer.
    /// </summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, IResourceBuilder<HAProxyFrontendResource> frontend)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(frontend);

        var name = frontend.Resource.FrontendName;
        foreach (var (i, instance) in frontend.Resource.Cluster.Instances.Index())
        {
            builder.WithEnvironment($"services__{name}__http__{i}", instance.GetEndpoint(name));
        }

        return builder;
    }

    /// <summary>Tells each replica of a group how to reach an internal frontend.</summary>
    public static IResourceBuilder<ReplicaGroupResource> WithReference(
        this IResourceBuilder<ReplicaGroupResource> group, IResourceBuilder<HAProxyFrontendResource> frontend) =>
        group.ForEachReplica<IResourceWithEnvironment>(replica => replica.WithReference(frontend));

    /// <summary>
    /// The networks from which the load balancers reach servers, in CIDR notation. Servers must accept <c>X-Forwarded-*</c> headers from
    /// these networks only.
    /// </summary>
    public static IReadOnlyList<string> GetHAProxyNetworks(this IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return UpstreamAddressResolver.NetworksOf(builder.ExecutionContext);
    }

    private static IResourceBuilder<HAProxyFrontendResource> AddFrontendResource(this IResourceBuilder<HAProxyClusterResource> cluster, string name)
    {
        var builder = cluster.ApplicationBuilder;
        var frontend = new HAProxyFrontendResource($"{cluster.Resource.Name}-{name}", name, cluster.Resource);
        // A row of the dashboard only: a deployed application has no such service.
        return builder.ExecutionContext.IsPublishMode
            ? builder.CreateResourceBuilder(frontend)
            : builder.AddResource(frontend).AsGroup("HAProxyFrontend", "ArrowEnter").WithParentRelationship(cluster);
    }

    /// <summary>Has each load balancer answer on the same port of an address of its own.</summary>
    /// <returns>The port.</returns>
    private static int Publish(
        this IResourceBuilder<HAProxyClusterResource> cluster,
        string name,
        string scheme,
        int port,
        int targetPort,
        ProtocolType protocol = ProtocolType.Tcp)
    {
        if (cluster.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            // The deployment target assigns public ports.
            cluster.ForEachInstance(instance => instance.WithEndpoint(
                targetPort: targetPort, scheme: scheme, name: name, isProxied: false, isExternal: true, protocol: protocol));
            return port;
        }

        var addresses = s_publicAddresses.Take(cluster.Resource.Instances.Count).ToArray();
        if (port == 0)
        {
            port = LoopbackPort.FindFree(addresses);
        }

        foreach (var (instance, address) in cluster.Resource.Instances.Zip(addresses))
        {
            cluster.ApplicationBuilder.CreateResourceBuilder(instance).WithEndpoint(name, endpoint =>
            {
                endpoint.Port = port;
                endpoint.TargetPort = targetPort;
                endpoint.TargetHost = address;
                endpoint.UriScheme = scheme;
                endpoint.Protocol = protocol;
                endpoint.IsProxied = false;
                endpoint.IsExternal = true;
            })
            // Aspire creates an invalid URL for an IPv6 address.
            .WithUrlForEndpoint(name, url =>
            {
                url.Url = new UriBuilder(scheme, address, port).Uri.ToString();
                url.DisplayText = cluster.Resource.DisplayTextOf(scheme);
            });
        }

        if (protocol == ProtocolType.Tcp)
        {
            cluster.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
            {
                LoopbackPort.EnsureFree(addresses, port, "a load balancer");
                return Task.CompletedTask;
            });
            cluster.WithUrls(context => context.Urls.Add(new ResourceUrlAnnotation
            {
                Url = new UriBuilder(scheme, "localhost", port).Uri.ToString(),
                DisplayText = cluster.Resource.DisplayTextOf(scheme),
            }));
        }

        return port;
    }

    private static void ThrowIfNoPort(int port)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
    }
}
