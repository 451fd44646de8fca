using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dcp;

/// <summary>DCP's services: one for every endpoint, each with the address at which it can be reached.</summary>
internal sealed class DcpServices(DistributedApplicationModel model, IConfiguration configuration)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<int>> _ports = new();

    public static string NameOf(IResource resource, EndpointAnnotation endpoint)
        => resource.Annotations.OfType<EndpointAnnotation>().Count() > 1 ? $"{resource.Name}-{endpoint.Name}" : resource.Name;

    /// <summary>What others call the host: only an address of its own is not simply this machine.</summary>
    public static string AddressOf(EndpointAnnotation endpoint)
        => IPAddress.TryParse(endpoint.TargetHost, out var ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any)
            ? endpoint.TargetHost : KnownHostNames.Localhost;

    public static string TargetPortOf(string service) => $$$"""{{- portForServing "{{{service}}}" -}}""";

    public async Task WatchAsync(DcpApi api, CancellationToken cancellationToken)
    {
        await foreach (var service in api.WatchAsync("services", cancellationToken).ConfigureAwait(false))
        {
            if ((int?)service["status"]?["effectivePort"] is > 0 and var port)
            {
                PortOf((string)service["metadata"]!["name"]!).TrySetResult(port);
            }
        }
    }

    /// <summary>Gives every endpoint its address as seen from this machine and, for a container's, from the other containers.</summary>
    public Task AllocateAsync(DcpApi api, CancellationToken cancellationToken)
        => Task.WhenAll(from resource in model.Resources.Where(r => r.IsRunByDcp())
                        from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
                        select AllocateAsync(api, resource, endpoint, cancellationToken));

    public Task<int> WaitForPortAsync(string service, CancellationToken cancellationToken) => PortOf(service).Task.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);

    private async Task AllocateAsync(DcpApi api, IResource resource, EndpointAnnotation endpoint, CancellationToken cancellationToken)
    {
        var isContainer = resource.IsContainer();
        if (isContainer ? endpoint.TargetPort is null or 0 : endpoint.IsProxied && endpoint.TargetPort is { } target && target == endpoint.Port)
        {
            throw new InvalidOperationException($"The endpoint '{endpoint.Name}' of '{resource.Name}' has Port {endpoint.Port} and TargetPort {endpoint.TargetPort}: "
                + "a container needs a TargetPort, and what a proxy stands before needs another port than the proxy's.");
        }

        if (!endpoint.IsProxied && (isContainer ? endpoint.SpecifiedPort : endpoint.Port) is null)
        {
            endpoint.Port = FreePort();
            endpoint.TargetPort = isContainer ? endpoint.TargetPort : endpoint.Port;
        }

        // In tests several applications run side by side, so only what can't move keeps its port.
        var isRandom = endpoint.IsProxied && configuration["DcpPublisher:RandomizePorts"] is "true" or "True";
        int? wanted = isRandom || endpoint.Port is 0 ? null : isContainer ? endpoint.SpecifiedPort : endpoint.Port;
        var name = NameOf(resource, endpoint);
        await api.CreateAsync("services", "Service", name, new
        {
            address = endpoint.TargetHost,
            port = wanted,
            protocol = endpoint.Protocol == ProtocolType.Udp ? "UDP" : "TCP",
            addressAllocationMode = endpoint.IsProxied ? "Localhost" : "Proxyless",
        }, cancellationToken, new() { ["resource-name"] = resource.Name, ["endpoint-name"] = endpoint.Name }).ConfigureAwait(false);

        endpoint.AllocatedEndpoint = new(endpoint, AddressOf(endpoint), wanted ?? await WaitForPortAsync(name, cancellationToken).ConfigureAwait(false), TargetPortOf(name));
        if (isContainer)
        {
            endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(KnownNetworkIdentifiers.DefaultAspireContainerNetwork,
                new(endpoint, $"{resource.Name}.dev.internal", endpoint.TargetPort!.Value, TargetPortOf(name)));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private TaskCompletionSource<int> PortOf(string service) => _ports.GetOrAdd(service, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
