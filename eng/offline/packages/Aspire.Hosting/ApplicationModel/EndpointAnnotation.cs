using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

public record NetworkIdentifier(string Value);

public static class KnownNetworkIdentifiers
{
    public static readonly NetworkIdentifier LocalhostNetwork = new("localhost"), DefaultAspireContainerNetwork = new("aspire-container-network");
}

public static class KnownHostNames
{
    public const string Localhost = "localhost", DefaultContainerTunnelHostName = "aspire.dev.internal";
}

/// <summary>A port that a resource listens on, as the application model asks for it.</summary>
public sealed class EndpointAnnotation(
    ProtocolType protocol, string? uriScheme = null, string? transport = null, string? name = null, int? port = null, int? targetPort = null,
    bool? isExternal = null, bool? isProxied = null) : IResourceAnnotation
{
    private int? _port = port, _targetPort = targetPort;

    public string Name { get; set; } = name ?? uriScheme ?? protocol.ToString().ToLowerInvariant();
    public ProtocolType Protocol { get; set; } = protocol;
    public string UriScheme { get; set; } = uriScheme ?? protocol.ToString().ToLowerInvariant();
    public string Transport { get; set; } = transport ?? (uriScheme is "http" or "https" ? "http" : protocol.ToString().ToLowerInvariant());
    public string TargetHost { get; set; } = KnownHostNames.Localhost;
    public bool IsExternal { get; set; } = isExternal ?? false;
    public bool IsProxied { get; set; } = isProxied ?? true;
    public bool ExcludeReferenceEndpoint { get; set; }
    /// <summary>The port clients use; without a proxy it is the target port unless given.</summary>
    public int? Port { get => _port ?? (IsProxied ? null : _targetPort); set => _port = value; }
    /// <summary>The port the resource itself binds; without a proxy it is the public port unless given.</summary>
    public int? TargetPort { get => _targetPort ?? (IsProxied ? null : _port); set => _targetPort = value; }
    public NetworkEndpointSnapshotList AllAllocatedEndpoints { get; } = new();
    /// <summary>As the processes on this machine see it; null until it is allocated.</summary>
    public AllocatedEndpoint? AllocatedEndpoint
    {
        get => AllAllocatedEndpoints.GetAllocatedEndpointAsync(KnownNetworkIdentifiers.LocalhostNetwork) is { IsCompletedSuccessfully: true } done ? done.Result : null;
        set => AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(KnownNetworkIdentifiers.LocalhostNetwork, value ?? throw new ArgumentNullException(nameof(value)));
    }

    internal int? SpecifiedPort => _port;
    internal string? TargetPortEnvironmentVariable { get; set; }
}

/// <summary>An endpoint has one address per network it is seen from; who asks early waits for it.</summary>
public class NetworkEndpointSnapshotList
{
    private readonly ConcurrentDictionary<NetworkIdentifier, TaskCompletionSource<AllocatedEndpoint>> _byNetwork = new();

    public void AddOrUpdateAllocatedEndpoint(NetworkIdentifier networkId, AllocatedEndpoint endpoint) => SourceOf(networkId).TrySetResult(endpoint);

    public Task<AllocatedEndpoint> GetAllocatedEndpointAsync(NetworkIdentifier networkId, CancellationToken cancellationToken = default)
        => SourceOf(networkId).Task.WaitAsync(cancellationToken);

    private TaskCompletionSource<AllocatedEndpoint> SourceOf(NetworkIdentifier network)
        => _byNetwork.GetOrAdd(network, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}

public record AllocatedEndpoint(EndpointAnnotation Endpoint, string Address, int Port, string? TargetPortExpression = null)
{
    public string UriScheme => Endpoint.UriScheme;
    public string EndPointString => $"{Address}:{Port}";
    public string UriString => $"{UriScheme}://{EndPointString}";
    public override string ToString() => UriString;
}
