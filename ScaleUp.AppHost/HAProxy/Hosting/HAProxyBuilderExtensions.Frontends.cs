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

    // "localhost" is the first two, and every browser and HTTP client goes over from one to the other. More instances
    // get further addresses of the loopback network, which Linux answers without any set-up.
    private static readonly string[] s_publicAddresses = ["127.0.0.1", "::1", "127.0.0.3", "127.0.0.4"];

    /// <summary>
    /// Lets visitors in: every load balancer answers on the same port, the first on 127.0.0.1, the second on ::1, which
    /// together are <c>localhost</c>. (Further ones are on 127.0.0.3 and 127.0.0.4.)
    /// </summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="tier">The servers that the requests go to, by their endpoint <c>http</c>.</param>
    /// <param name="port">The port; 0 takes one that is free on all addresses.</param>
    /// <exception cref="DistributedApplicationException">
    /// There is a public frontend already, the servers have no endpoint <c>http</c>, or, at the start, the port is in use.
    /// </exception>
    public static IResourceBuilder<HAProxyClusterResource> WithPublicFrontend(
        this IResourceBuilder<HAProxyClusterResource> cluster, IResourceBuilder<ReplicaGroupResource> tier, int port = PublicPort)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(tier);
        ThrowIfNoPort(port);

        cluster.Resource.AddFrontend(cluster.ApplicationBuilder, HAProxyResource.PublicEndpointName, PublicPort, isPublic: true, tier.Resource);
        cluster.Publish(HAProxyResource.PublicEndpointName, Uri.UriSchemeHttp, port, PublicPort);
        return cluster;
    }

    /// <summary>
    /// Encrypts what goes between visitors and the load balancers: HTTPS with HTTP/2, and HTTP/3 where HAProxy was built with it.
    /// Who comes unencrypted is sent to the encrypted address. Outside development browsers are told to come only so (HSTS).
    /// </summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="port">The port; 0 takes one that is free on all addresses.</param>
    /// <param name="certificatePath">
    /// A PEM file with the certificate, those that vouch for it, and the private key. Null takes the ASP.NET Core development certificate.
    /// </param>
    /// <exception cref="DistributedApplicationException">
    /// There is no certificate, or it is no good; or the application is published. The message says why and what to do.
    /// </exception>
    public static IResourceBuilder<HAProxyClusterResource> WithTls(
        this IResourceBuilder<HAProxyClusterResource> cluster, int port = SecurePort, string? certificatePath = null)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ThrowIfNoPort(port);
        if (cluster.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            throw new DistributedApplicationException(
                $"The load balancers '{cluster.Resource.Name}' cannot be published with a certificate: its key would be part of an image. Let the ingress in front of them encrypt, and call {nameof(WithTls)} in run mode only.");
        }

        cluster.Resource.Certificate = certificatePath is null ? HAProxyCertificate.FindDevelopment() : HAProxyCertificate.Read(certificatePath);
        cluster.Resource.Tls = new HAProxyTls(SecurePort, StrictTransport: !cluster.ApplicationBuilder.Environment.IsDevelopment());
        port = cluster.Publish(HAProxyResource.SecureEndpointName, Uri.UriSchemeHttps, port, SecurePort);
        cluster.Publish(HAProxyResource.QuicEndpointName, "udp", port, SecurePort, ProtocolType.Udp);
        cluster.ForEachInstance(instance => instance.WithEnvironment(HAProxyConfiguration.TlsPortVariable, port.ToString(CultureInfo.InvariantCulture)));
        return cluster;
    }

    /// <summary>Lets other tiers in, which refer to it by <see cref="GetInternalFrontend"/>. Visitors can't reach it.</summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="tier">The servers that the requests go to; the frontend has their tier's name.</param>
    /// <exception cref="DistributedApplicationException">
    /// The tier has a frontend already, its servers have no endpoint <c>http</c>, or its name is that of an endpoint of the load balancers.
    /// </exception>
    public static IResourceBuilder<HAProxyClusterResource> WithInternalFrontend(
        this IResourceBuilder<HAProxyClusterResource> cluster, IResourceBuilder<ReplicaGroupResource> tier)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(tier);

        var name = tier.Resource.Name;
        var port = FirstInternalPort + cluster.Resource.Frontends.Count(f => !f.IsPublic);
        cluster.Resource.AddFrontend(cluster.ApplicationBuilder, name, port, isPublic: false, tier.Resource);
        // Not behind Aspire's proxy: it would keep requests for a stopped load balancer waiting, instead of refusing them so
        // that the caller goes to the next one.
        cluster.ForEachInstance(instance => instance.WithHttpEndpoint(targetPort: port, name: name, isProxied: false));
        return cluster;
    }

    /// <summary>The internal frontend of this name, for <c>WithReference</c>.</summary>
    /// <exception cref="DistributedApplicationException">There is none of this name.</exception>
    public static HAProxyInternalFrontend GetInternalFrontend(this IResourceBuilder<HAProxyClusterResource> cluster, string name)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(name);

        return cluster.Resource.Frontends.Any(f => f.Name == name && !f.IsPublic)
            ? new HAProxyInternalFrontend(cluster.Resource, name)
            : throw new DistributedApplicationException(
                $"The load balancers '{cluster.Resource.Name}' have no internal frontend '{name}': call {nameof(WithInternalFrontend)} before.");
    }

    /// <summary>
    /// Tells a resource how to reach an internal frontend: service discovery resolves <c>http://name</c> to one endpoint for
    /// each load balancer.
    /// </summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, HAProxyInternalFrontend frontend)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(frontend);

        foreach (var (i, instance) in frontend.Cluster.Instances.Index())
        {
            builder.WithEnvironment($"services__{frontend.Name}__http__{i}", instance.GetEndpoint(frontend.Name));
        }

        return builder;
    }

    /// <summary>Has each load balancer answer on the same port of an address of its own.</summary>
    /// <returns>The port.</returns>
    private static int Publish(
        this IResourceBuilder<HAProxyClusterResource> cluster, string name, string scheme, int port, int targetPort, ProtocolType protocol = ProtocolType.Tcp)
    {
        if (cluster.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            // Which port is whose, where the application is deployed, is for the deployment to say.
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
            // Aspire makes no valid URL of an IPv6 address by itself.
            .WithUrlForEndpoint(name, url =>
            {
                url.Url = new UriBuilder(scheme, address, port).Uri.ToString();
                url.DisplayText = NameOf(scheme);
            });
        }

        if (protocol == ProtocolType.Tcp)
        {
            cluster.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
            {
                LoopbackPort.EnsureFree(addresses, port, "a load balancer");
                return Task.CompletedTask;
            });
            cluster.WithUrl(new UriBuilder(scheme, "localhost", port).Uri.ToString(), NameOf(scheme));
        }

        return port;
    }

    private static string NameOf(string scheme) =>
        scheme == Uri.UriSchemeHttp ? "Website" : scheme == Uri.UriSchemeHttps ? "Website (HTTPS)" : "HTTP/3";

    private static void ThrowIfNoPort(int port)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
    }
}
