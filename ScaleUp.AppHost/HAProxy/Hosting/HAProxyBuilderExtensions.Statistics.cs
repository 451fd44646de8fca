using Aspire.Hosting.HAProxy;

namespace Aspire.Hosting;

public static partial class HAProxyBuilderExtensions
{
    /// <summary>
    /// Lets other tiers read the load balancers' statistics: each internal frontend returns them at
    /// <see cref="HAProxyConfiguration.StatisticsPath"/> to requests with the key in the header
    /// <see cref="HAProxyConfiguration.StatisticsKeyHeader"/>. Visitors can't reach this read-only path.
    /// </summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="key">The key, a secret that contains only letters and digits.</param>
    public static IResourceBuilder<HAProxyClusterResource> WithStatisticsKey(
        this IResourceBuilder<HAProxyClusterResource> cluster, IResourceBuilder<ParameterResource> key)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(key);

        cluster.ForEachInstance(instance => instance.WithEnvironment(HAProxyConfiguration.StatisticsKeyVariable,
            ReferenceExpression.Create($"{key.Resource}")));
        return cluster;
    }
}
