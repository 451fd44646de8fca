namespace Aspire.Hosting.Dcp;

/// <summary>DCP's services: one for every endpoint, each with the address at which it can be reached.</summary>
internal sealed class DcpServices(DistributedApplicationModel model, IConfiguration configuration)
{
    // Below the range that the system takes its own free ports from, so that these stay free until the server listens.
    private const int FirstPort = 10_000, LastPort = 32_767;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<int>> _ports = new();
    private readonly HashSet<int> _taken = [];

    public static string NameOf(IResource resource, EndpointAnnotation endpoint)
        => resource.Annotations.OfType<EndpointAnnotation>().Count() > 1 ? $"{resource.Name}-{endpoint.Name}" : resource.Name;

    /// <summary>What others call the host: only an address of its own is not simply this machine.</summary>
    public static string AddressOf(EndpointAnnotation endpoint)
        => IPAddress.TryParse(endpoint.TargetHost, out var ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any) ? endpoint.TargetHost : "localhost";

    public static string ProtocolOf(EndpointAnnotation endpoint) => endpoint.Protocol.ToString().ToUpperInvariant();

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

    /// <summary>Gives every endpoint its address as seen from this machine.</summary>
    public async Task AllocateAsync(DcpApi api, CancellationToken cancellationToken)
    {
        var endpoints = model.Resources.Where(r => r.IsRunByDcp()).SelectMany(r => r.Annotations.OfType<EndpointAnnotation>(), (r, e) => (Resource: r, Endpoint: e)).ToArray();
        foreach (var (resource, endpoint) in endpoints)
        {
            Check(resource, endpoint);
        }

        var network = IPGlobalProperties.GetIPGlobalProperties();
        _taken.UnionWith(network.GetActiveTcpListeners().Concat(network.GetActiveUdpListeners()).Select(l => l.Port));
        _taken.UnionWith(endpoints.Select(e => e.Endpoint.Port ?? 0));
        await Task.WhenAll(endpoints.Select(e => AllocateAsync(api, e.Resource, e.Endpoint, cancellationToken))).ConfigureAwait(false);
    }

    private static void Check(IResource resource, EndpointAnnotation endpoint)
    {
        if (endpoint.UriScheme == "https" && resource is not ContainerResource)
        {
            throw new NotSupportedException($"The endpoint '{endpoint.Name}' of '{resource.Name}': https of a process is not covered by eng/offline.");
        }

        if (resource is ContainerResource ? endpoint.TargetPort is null or 0 : endpoint.IsProxied && endpoint.TargetPort is { } target && target == endpoint.Port)
        {
            throw new InvalidOperationException($"The endpoint '{endpoint.Name}' of '{resource.Name}' has Port {endpoint.Port} and TargetPort {endpoint.TargetPort}: "
                + "a container needs a TargetPort, and what a proxy stands before needs another port than the proxy's.");
        }
    }

    private async Task AllocateAsync(DcpApi api, IResource resource, EndpointAnnotation endpoint, CancellationToken cancellationToken)
    {
        var isContainer = resource is ContainerResource;
        if (!endpoint.IsProxied && (isContainer ? endpoint.SpecifiedPort : endpoint.Port) is null)
        {
            endpoint.Port = FreePort();
        }

        // In tests several applications run side by side, so only what can't move keeps its port.
        var isRandom = endpoint.IsProxied && configuration["DcpPublisher:RandomizePorts"] is "true" or "True";
        int? wanted = isRandom || endpoint.Port is 0 ? null : isContainer ? endpoint.SpecifiedPort : endpoint.Port;
        var name = NameOf(resource, endpoint);
        await api.CreateAsync("services", "Service", name, new
        {
            address = endpoint.TargetHost, port = wanted, protocol = ProtocolOf(endpoint),
            addressAllocationMode = endpoint.IsProxied ? "Localhost" : "Proxyless",
        }, cancellationToken, new() { ["resource-name"] = resource.Name, ["endpoint-name"] = endpoint.Name }).ConfigureAwait(false);

        var port = wanted ?? await PortOf(name).Task.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken).ConfigureAwait(false);
        endpoint.Allocate(new(AddressOf(endpoint), port, $$$"""{{- portForServing "{{{name}}}" -}}"""));
    }

    private int FreePort() => RandomNumberGenerator.GetInt32(FirstPort, LastPort + 1) is var port && _taken.Add(port) ? port : FreePort();

    private TaskCompletionSource<int> PortOf(string service) => _ports.GetOrAdd(service, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
