using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.ServiceDiscovery;

namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>The addresses of the services that this server asks, as service discovery knows them, and whether they answer.</summary>
internal sealed class UpstreamEndpoints(ServiceEndpointResolver resolver) : IDisposable
{
    private readonly ConcurrentDictionary<Uri, UpstreamEndpoint> _all = new();
    private readonly ConcurrentDictionary<string, Service> _services = new();
    private uint _turn;

    /// <summary>The services that have been asked, each with its addresses.</summary>
    public IEnumerable<IReadOnlyList<UpstreamEndpoint>> Services => _services.Values.Select(service => service.Addresses);

    /// <summary>The next address in turn: rather one that answers than one that does not, and rather one that was not tried yet.</summary>
    /// <param name="service">Scheme and name of the service.</param>
    /// <param name="tried">Addresses that this request has tried in vain.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<UpstreamEndpoint> ChooseAsync(Uri service, IReadOnlyCollection<UpstreamEndpoint> tried, CancellationToken cancellationToken)
    {
        var name = service.GetLeftPart(UriPartial.Authority);
        var source = await resolver.GetEndpointsAsync(name, cancellationToken).ConfigureAwait(false);
        // Service discovery gives the same source until something has changed.
        if (!_services.TryGetValue(name, out var known) || known.Source != source)
        {
            _services[name] = known = new(source, [.. source.Endpoints.Select(endpoint => _all.GetOrAdd(UriOf(endpoint.EndPoint, service), uri => new UpstreamEndpoint(uri)))]);
        }

        var addresses = known.Addresses;
        var first = (int)(Interlocked.Increment(ref _turn) % (uint)Math.Max(addresses.Count, 1));
        return Enumerable.Range(0, addresses.Count).Select(i => addresses[(first + i) % addresses.Count])
            .OrderBy(address => (address.Answers, tried.Contains(address)) switch { (true, false) => 0, (true, true) => 1, (false, false) => 2, _ => 3 })
            .FirstOrDefault() ?? throw new HttpRequestException(HttpRequestError.NameResolutionError, $"No address is known for {name}.");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var address in _all.Values)
        {
            address.Dispose();
        }
    }

    // Service discovery gives what configuration says as it is, and a name that it does not know as the name itself.
    private static Uri UriOf(EndPoint endpoint, Uri service) => endpoint switch
    {
        DnsEndPoint dns => new UriBuilder(service.Scheme, dns.Host, dns.Port > 0 ? dns.Port : service.Port).Uri,
        IPEndPoint ip => new UriBuilder(service.Scheme, ip.Address.ToString(), ip.Port > 0 ? ip.Port : service.Port).Uri,
        _ => new Uri(endpoint.ToString()!),
    };

    private sealed record Service(ServiceEndpointSource Source, IReadOnlyList<UpstreamEndpoint> Addresses);
}
