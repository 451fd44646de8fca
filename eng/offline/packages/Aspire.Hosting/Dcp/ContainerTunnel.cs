using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>DCP's way from the containers' network to processes on this machine: one proxy container, one tunnel per endpoint.</summary>
internal sealed class ContainerTunnel(DcpServices services)
{
    private const string Kinds = "containernetworktunnelproxies", Name = "aspire-container-network-tunnel";
    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<EndpointAnnotation, object> _tunnels = [];

    /// <summary>Gives the endpoints of these resources an address that containers can use.</summary>
    public async Task OpenAsync(DcpApi api, IEnumerable<IResource> hosts, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var create = _tunnels.Count == 0;
            var added = new List<(EndpointAnnotation Endpoint, string Service)>();
            foreach (var (host, endpoint) in hosts.SelectMany(h => h.Annotations.OfType<EndpointAnnotation>().Select(e => (h, e))))
            {
                var server = DcpServices.NameOf(host, endpoint);
                var client = $"{server}-in-containers";
                if (endpoint.Protocol == ProtocolType.Tcp && _tunnels.TryAdd(endpoint, new { name = client, serverServiceName = server, clientServiceName = client }))
                {
                    added.Add((endpoint, client));
                    await api.CreateAsync("services", "Service", client, new { addressAllocationMode = "Proxyless", protocol = "TCP" }, cancellationToken, new()
                    {
                        ["resource-name"] = host.Name, ["endpoint-name"] = endpoint.Name, ["container-network"] = DcpSpecs.NetworkName,
                        ["primary-service-name"] = server, ["container-tunnel-instance-name"] = Name,
                    }).ConfigureAwait(false);
                }
            }

            if (added.Count == 0)
            {
                return;
            }

            if (create)
            {
                await api.CreateAsync(Kinds, "ContainerNetworkTunnelProxy", Name, new
                {
                    containerNetworkName = DcpSpecs.NetworkName, aliases = new[] { KnownHostNames.DefaultContainerTunnelHostName }, tunnels = _tunnels.Values,
                }, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await api.PatchAsync(Kinds, Name, new { tunnels = _tunnels.Values }, cancellationToken).ConfigureAwait(false);
            }

            await WaitUntilRunsAsync(api, cancellationToken).ConfigureAwait(false);

            var network = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
            foreach (var (endpoint, service) in added)
            {
                var port = await services.WaitForPortAsync(service, cancellationToken).ConfigureAwait(false);
                endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(network, new(
                    endpoint, KnownHostNames.DefaultContainerTunnelHostName, port, DcpServices.TargetPortOf(service)));
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private static async Task WaitUntilRunsAsync(DcpApi api, CancellationToken cancellationToken)
    {
        for (string? state = null; state != "Running";)
        {
            await Task.Delay(50, cancellationToken).ConfigureAwait(false);
            var status = (await api.GetAsync(Kinds, Name, cancellationToken).ConfigureAwait(false))?["status"];
            state = (string?)status?["state"];
            if (state == "Failed")
            {
                throw new DistributedApplicationException($"The tunnel from containers to this machine failed: {status!["message"]} "
                    + "DCP needs the image dcptun_developer_ms of its own version; eng/offline/images.sh builds it.");
            }
        }
    }
}
