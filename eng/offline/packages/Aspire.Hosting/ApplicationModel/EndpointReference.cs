using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

public enum EndpointProperty { Url, Host, IPV4Host, Port, Scheme, TargetPort, HostAndPort, TlsEnabled }

/// <summary>Refers to an endpoint before it has an address; its value depends on who asks, from which network.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IExpressionValue, IValueWithReferences
{
    private EndpointAnnotation? _annotation;

    public EndpointReference(IResourceWithEndpoints owner, EndpointAnnotation endpoint) : this(owner, endpoint.Name) => _annotation = endpoint;

    public IResourceWithEndpoints Resource => owner;
    public string EndpointName => endpointName;
    public EndpointAnnotation EndpointAnnotation => Find() ?? throw new InvalidOperationException(
        $"The endpoint `{EndpointName}` is not defined for the resource `{Resource.Name}`.");
    public bool Exists => Find() is not null;
    public bool IsAllocated => Find()?.AllocatedEndpoint is not null;
    public bool IsHttp => Scheme == "http";
    public bool IsHttps => Scheme == "https";
    public string Scheme => EndpointAnnotation.UriScheme;
    public int? TargetPort => EndpointAnnotation.TargetPort;
    public string Host => Allocated.Address;
    public int Port => Allocated.Port;
    public string Url => Allocated.UriString;
    string IManifestExpressionProvider.ValueExpression => Property(EndpointProperty.Url).ValueExpression;
    IEnumerable<object> IValueWithReferences.References => [Resource];
    private AllocatedEndpoint Allocated => EndpointAnnotation.AllocatedEndpoint
        ?? throw new InvalidOperationException($"The endpoint `{EndpointName}` is not allocated for the resource `{Resource.Name}`.");

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => GetValueAsync(new(), cancellationToken);
    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
        => Property(EndpointProperty.Url).GetValueAsync(context, cancellationToken);

    private EndpointAnnotation? Find() => _annotation ??= Resource.Annotations.OfType<EndpointAnnotation>()
        .SingleOrDefault(e => string.Equals(e.Name, EndpointName, StringComparison.OrdinalIgnoreCase));
}

/// <summary>One part of an endpoint's address.</summary>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property) : IExpressionValue, IValueWithReferences
{
    public EndpointReference Endpoint => endpointReference;
    public EndpointProperty Property => property;
    public string ValueExpression => $"{{{Endpoint.Resource.Name}.bindings.{Endpoint.EndpointName}.{property.ToString().ToLowerInvariant()}}}";
    IEnumerable<object> IValueWithReferences.References => [Endpoint];

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => GetValueAsync(new(), cancellationToken);

    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
    {
        // These two are known before there is an address.
        if (property is EndpointProperty.Scheme or EndpointProperty.TlsEnabled)
        {
            return property == EndpointProperty.Scheme ? Endpoint.Scheme : Endpoint.IsHttps.ToString();
        }

        if (property == EndpointProperty.TargetPort && Endpoint.TargetPort is { } target)
        {
            return target.ToString(CultureInfo.InvariantCulture);
        }

        var network = context.EffectiveNetwork;
        var allocated = await Endpoint.EndpointAnnotation.AllAllocatedEndpoints.GetAllocatedEndpointAsync(network, cancellationToken).ConfigureAwait(false);
        return property switch
        {
            EndpointProperty.Url => allocated.UriString,
            EndpointProperty.IPV4Host when network == KnownNetworkIdentifiers.LocalhostNetwork => "127.0.0.1",
            EndpointProperty.Host or EndpointProperty.IPV4Host => allocated.Address,
            EndpointProperty.Port => allocated.Port.ToString(CultureInfo.InvariantCulture),
            EndpointProperty.HostAndPort => allocated.EndPointString,
            _ => allocated.TargetPortExpression,
        };
    }
}
