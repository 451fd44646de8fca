using Aspire.Hosting.HAProxy;
using Aspire.Hosting.PostgresCluster;

namespace ScaleUp.AppHost;

/// <summary>Configures the load balancers for this application.</summary>
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

    /// <summary>
    /// Forwards connections to the primary of the database's cluster. No effect on a single server, which clients connect to directly.
    /// </summary>
    public static IResourceBuilder<HAProxyClusterResource> WithDatabase(
        this IResourceBuilder<HAProxyClusterResource> loadBalancers, IResourceBuilder<IResourceWithConnectionString> database)
    {
        if (database.Resource is PostgresClusterDatabaseResource { Parent: var cluster })
        {
            var check = new HAProxyTcpCheck(PatroniConfiguration.RestPort, PatroniConfiguration.PrimaryPath);
            loadBalancers.ApplicationBuilder.CreateResourceBuilder(cluster).WithLoadBalancers(
                loadBalancers.AddTcpFrontend(cluster.Name, cluster.Members, PatroniConfiguration.PostgresPort, check));
        }

        return loadBalancers;
    }

    /// <summary>Limits request bodies to 64 KiB, and to 1 MB on the given paths, like the servers' <c>RequestValidation</c>.</summary>
    /// <param name="loadBalancers">The load balancers.</param>
    /// <param name="largeFormPaths">Paths of forms with large fields; <c>*</c> matches one segment.</param>
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

    /// <summary>Limits event streams separately from other requests, so that they don't use the connections for pages.</summary>
    public static IResourceBuilder<HAProxyClusterResource> WithEventStreams(
        this IResourceBuilder<HAProxyClusterResource> loadBalancers, params string[] paths) =>
        loadBalancers.WithSettings(settings => Array.ForEach(paths, settings.StreamPaths.Add));

    /// <summary>
    /// Extends the timeout of requests that hash passwords by the time for hashing (<c>Passwords:TimeLimit</c>).
    /// </summary>
    public static IResourceBuilder<HAProxyClusterResource> WithPasswordHashingPaths(
        this IResourceBuilder<HAProxyClusterResource> loadBalancers, params string[] paths) =>
        loadBalancers.WithSettings(settings => Array.ForEach(paths, settings.SlowPaths.Add));
}
