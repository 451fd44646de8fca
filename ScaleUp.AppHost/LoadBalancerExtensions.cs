using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost;

/// <summary>How this application configures the load balancers.</summary>
internal static class LoadBalancerExtensions
{
    /// <summary>Applies the settings of the section <c>LoadBalancer</c>.</summary>
    public static IResourceBuilder<HAProxyClusterResource> WithOptions(
        this IResourceBuilder<HAProxyClusterResource> loadBalancers, LoadBalancerOptions options)
    {
        loadBalancers.WithImage(options.Image).WithSettings(settings =>
        {
            settings.ErrorPage = EmbeddedFile.Read("load-balancer-page.html");
            settings.MaxConnectionsPerServer = options.RequestsPerServer;
            settings.MaxConnectionsPerClient = options.ConnectionsPerClient;
            foreach (var host in options.Hosts)
            {
                settings.Hosts.Add(host);
            }

            if (options.RequestLimit > 0)
            {
                settings.Limits.Add(new HAProxyRequestLimit("requests", options.RequestLimit, TimeSpan.FromSeconds(10)));
            }

            if (options.SignInLimit > 0)
            {
                settings.Limits.Add(new HAProxyRequestLimit("sign-in", options.SignInLimit, TimeSpan.FromMinutes(1), "POST", "/sign-in"));
            }
        });

        return options.Tls ? loadBalancers.WithTls(options.TlsPort, options.Certificate) : loadBalancers;
    }

    /// <summary>Limits request bodies as the servers do (<c>RequestValidation</c>): to 64 KiB, and to 1 MB on the given paths.</summary>
    /// <param name="loadBalancers">The load balancers.</param>
    /// <param name="largeFormPaths">Paths of forms with large fields; <c>*</c> stands for one segment.</param>
    public static IResourceBuilder<HAProxyClusterResource> WithRequestBodyLimits(
        this IResourceBuilder<HAProxyClusterResource> loadBalancers, params string[] largeFormPaths) =>
        loadBalancers.WithSettings(settings =>
        {
            settings.MaxFormSize = 64 * 1024;
            settings.MaxBodySize = 1_000_000;
            foreach (var path in largeFormPaths)
            {
                settings.LargeFormPaths.Add(path);
            }
        });

    /// <summary>Gives event streams connections of their own at the servers, so that they occupy none of those for pages.</summary>
    public static IResourceBuilder<HAProxyClusterResource> WithEventStreams(
        this IResourceBuilder<HAProxyClusterResource> loadBalancers, params string[] paths) =>
        loadBalancers.WithSettings(settings => Array.ForEach(paths, settings.StreamPaths.Add));

    /// <summary>
    /// Gives requests that hash passwords the time for that (<c>Passwords:TimeLimit</c>) in addition to the time for the database.
    /// </summary>
    public static IResourceBuilder<HAProxyClusterResource> WithPasswordHashingPaths(
        this IResourceBuilder<HAProxyClusterResource> loadBalancers, params string[] paths) =>
        loadBalancers.WithSettings(settings => Array.ForEach(paths, settings.SlowPaths.Add));
}
