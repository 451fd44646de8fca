namespace Aspire.Hosting.ApplicationModel;

public enum EndpointProperty { Url, Host, Port, TargetPort, HostAndPort }

/// <summary>Refers to an endpoint before it has an address; its value depends on who asks, from which network.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider, IManifestExpressionProvider
{
    public IResourceWithEndpoints Resource => owner;
    public string EndpointName => endpointName;
    public bool Exists => owner.FindEndpoint(endpointName) is not null;
    public bool IsAllocated => Exists && EndpointAnnotation.Allocated.IsCompletedSuccessfully;
    public string Scheme => EndpointAnnotation.UriScheme;
    public string Host => Allocated.Address;
    public int Port => Allocated.Port;
    public string Url => $"{Scheme}://{Host}:{Port}";
    public string ValueExpression => Property(EndpointProperty.Url).ValueExpression;
    internal EndpointAnnotation EndpointAnnotation => owner.FindEndpoint(endpointName)
        ?? throw new InvalidOperationException($"The endpoint `{EndpointName}` is not defined for the resource `{Resource.Name}`.");
    private AllocatedEndpoint Allocated => IsAllocated ? EndpointAnnotation.Allocated.Result
        : throw new InvalidOperationException($"The endpoint `{EndpointName}` is not allocated for the resource `{Resource.Name}`.");

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);
    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
        => Property(EndpointProperty.Url).GetValueAsync(context, cancellationToken);
}

/// <summary>One part of an endpoint's address.</summary>
public sealed class EndpointReferenceExpression : IValueProvider, IManifestExpressionProvider
{
    private readonly EndpointReference _endpoint;
    private readonly EndpointProperty _property;

    internal EndpointReferenceExpression(EndpointReference endpoint, EndpointProperty property) => (_endpoint, _property) = (endpoint, property);

    public string ValueExpression => _property == EndpointProperty.HostAndPort ? $"{Expression(EndpointProperty.Host)}:{Expression(EndpointProperty.Port)}" : Expression(_property);

    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
    {
        var endpoint = _endpoint.EndpointAnnotation;
        if (_property == EndpointProperty.TargetPort && endpoint.TargetPort is { } target)
        {
            return target.ToString(CultureInfo.InvariantCulture);
        }

        var (host, port, targetPort) = context.IsFromContainerNetwork ? InContainerNetwork(endpoint)
            : await endpoint.Allocated.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _property switch
        {
            EndpointProperty.Url => $"{endpoint.UriScheme}://{host}:{port}",
            EndpointProperty.Host => host,
            EndpointProperty.Port => port.ToString(CultureInfo.InvariantCulture),
            EndpointProperty.HostAndPort => $"{host}:{port}",
            _ => targetPort,
        };
    }

    private string Expression(EndpointProperty property)
        => $"{{{_endpoint.Resource.Name}.bindings.{_endpoint.EndpointName}.{JsonNamingPolicy.CamelCase.ConvertName(property.ToString())}}}";

    private AllocatedEndpoint InContainerNetwork(EndpointAnnotation endpoint) => _endpoint.Resource is ContainerResource container
        ? new(container.HostNameInNetwork(), endpoint.TargetPort!.Value, "")
        : throw new NotSupportedException($"A container refers to the endpoint '{endpoint.Name}' of '{_endpoint.Resource.Name}', which is a process of this machine. "
            + "DCP's tunnel between them is not covered by eng/offline; give the container an address of this machine.");
}
