namespace Aspire.Hosting.ApplicationModel;

/// <summary>A port that a resource listens on, as the application model asks for it.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private readonly TaskCompletionSource<AllocatedEndpoint> _allocated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int? _targetPort;

    internal EndpointAnnotation(string name) => Name = name;

    public string Name { get; }
    public ProtocolType Protocol { get; set; } = ProtocolType.Tcp;
    public string UriScheme { get; set; } = "tcp";
    /// <summary>An IP address publishes it on that address alone.</summary>
    public string TargetHost { get; set; } = "localhost";
    /// <summary>Known to whoever publishes; it changes nothing on this machine.</summary>
    public bool IsExternal { get; set; }
    public bool IsProxied { get; set; } = true;
    /// <summary>The port clients use; without a proxy it is the target port unless given.</summary>
    public int? Port { get => SpecifiedPort ?? (IsProxied ? null : _targetPort); set => SpecifiedPort = value; }
    /// <summary>The port the resource itself binds; without a proxy it is the public port unless given.</summary>
    public int? TargetPort { get => _targetPort ?? (IsProxied ? null : SpecifiedPort); set => _targetPort = value; }

    internal int? SpecifiedPort { get; private set; }
    internal string? TargetPortVariable { get; set; }
    /// <summary>Its address as the processes on this machine see it; who asks early waits for it.</summary>
    internal Task<AllocatedEndpoint> Allocated => _allocated.Task;
    internal void Allocate(AllocatedEndpoint address) => _allocated.TrySetResult(address);
}

/// <param name="TargetPort">The port that the resource binds, or DCP's expression for it.</param>
internal sealed record AllocatedEndpoint(string Address, int Port, string TargetPort);
