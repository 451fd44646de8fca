using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.ServiceDiscovery;

namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>The endpoints of the services that this server calls, from service discovery, and their health.</summary>
internal sealed class UpstreamEndpoints(ServiceEndpointResolver resolver) : IDisposable
{
    private readonly ConcurrentDictionary<Uri, UpstreamEndpoint> _all = new();
    private readonly ConcurrentDictionary<string, Service> _services = new();
    private uint _next;

    /// <summary>The endpoints of each service that this server has called.</summary>
    public IEnumerable<IReadOnlyList<UpstreamEndpoint>> Services => _services.Values.Select(service => service.Endpoints);

    /// <summary>Selects the next endpoint by round robin, preferring healthy endpoints and then those that were not tried yet.</summary>
    /// <param name="service">Scheme and name of the service.</param>
    /// <param name="tried">Endpoints on which this request has failed.</param>
    /// <param name="cancellationToken">Cancels service discovery.</param>
    /// <exception cref="HttpRequestException">The service has no endpoint.</exception>
    public async ValueTask<UpstreamEndpoint> SelectAsync(
        Uri service, IReadOnlyCollection<UpstreamEndpoint> tried, CancellationToken cancellationToken)
    {
        var name = service.GetLeftPart(UriPartial.Authority);
        var source = await resolver.GetEndpointsAsync(name, cancellationToken).ConfigureAwait(false);
        // Service discovery returns the same source until an endpoint changes.
        if (!_services.TryGetValue(name, out var known) || known.Source != source)
        {
            _services[name] = known = new(
                source,
                [.. source.Endpoints.Select(e => _all.GetOrAdd(ToUri(e.EndPoint, service), uri => new UpstreamEndpoint(uri)))]);
        }

        var endpoints = known.Endpoints;
        var first = (int)(Interlocked.Increment(ref _next) % (uint)Math.Max(endpoints.Count, 1));
        return Enumerable.Range(0, endpoints.Count).Select(i => endpoints[(first + i) % endpoints.Count])
            .OrderBy(endpoint => (endpoint.IsHealthy, tried.Contains(endpoint)) switch
            {
                (true, false) => 0,
                (true, true) => 1,
                (false, false) => 2,
                _ => 3,
            })
            .FirstOrDefault() ?? throw new HttpRequestException(HttpRequestError.NameResolutionError, $"{name} has no endpoint.");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var endpoint in _all.Values)
        {
            endpoint.Dispose();
        }
    }

    // Service discovery returns configured addresses unchanged, and an unknown service as its own name.
    private static Uri ToUri(EndPoint endpoint, Uri service) => endpoint switch
    {
        DnsEndPoint dns => new UriBuilder(service.Scheme, dns.Host, dns.Port > 0 ? dns.Port : service.Port).Uri,
        IPEndPoint ip => new UriBuilder(service.Scheme, ip.Address.ToString(), ip.Port > 0 ? ip.Port : service.Port).Uri,
        _ => new Uri(endpoint.ToString()!),
    };

    private sealed record Service(ServiceEndpointSource Source, IReadOnlyList<UpstreamEndpoint> Endpoints);
}
