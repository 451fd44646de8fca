namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// What is deployed, whatever it is deployed to. It is read from the application model (<see cref="PublishedApplicationReader"/>),
/// so that AppHost.cs stays the only description of the topology, and every form of it is a pure function of this.
/// </summary>
/// <param name="Services">What runs, each under its name.</param>
/// <param name="Parameters">What the services have to be told and nobody may read: passwords and keys.</param>
internal sealed record PublishedApplication(IReadOnlyList<PublishedService> Services, IReadOnlyList<PublishedParameter> Parameters)
{
    /// <summary>The address that the load balancers share on one server; null for none.</summary>
    public VirtualAddress? VirtualAddress { get; init; }

    /// <summary>The service of this name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public PublishedService this[string name] => Services.Single(service => service.Name == name);

    /// <summary>
    /// Who talks to whom: those that are told an address of the service, and at which of its ports. Nothing else has to be let through.
    /// </summary>
    public IEnumerable<(PublishedService Caller, PublishedEndpoint Endpoint)> CallersOf(PublishedService service) =>
        from caller in Services
        where caller != service
        from endpoint in service.Endpoints
        where caller.Environment.Values.Any(text => ManifestExpressions.Refers(text, service, endpoint))
        select (caller, endpoint);
}

/// <summary>A program with as many replicas, found by the others under its name.</summary>
internal sealed record PublishedService(string Name, PublishedKind Kind)
{
    /// <summary>The image that it is, or (a load balancer) that its image is made from; empty for a project, whose image the SDK makes.</summary>
    public string Image { get; init; } = "";

    /// <summary>The project file; empty for a container.</summary>
    public string ProjectPath { get; init; } = "";

    /// <summary>The name of a project's image, as Directory.Build.targets gives it: <c>scaleup-web</c> for ScaleUp.Web.</summary>
    public string Repository => $"scaleup{Path.GetExtension(Path.GetFileNameWithoutExtension(ProjectPath)).Replace('.', '-').ToLowerInvariant()}";

    /// <summary>The group that it is one of, several services that can each do the work of all; its own name if there is none.</summary>
    public string Group { get; init; } = Name;

    public int Replicas { get; init; } = 1;

    /// <summary>Environment variables, each a <see cref="ManifestExpressions"/>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What runs in place of the image's own entry point; empty for that.</summary>
    public string[] Command { get; init; } = [];

    public IReadOnlyList<PublishedEndpoint> Endpoints { get; init; } = [];

    /// <summary>What it keeps; null for nothing.</summary>
    public PublishedVolume? Volume { get; init; }

    /// <summary>The configuration of a load balancer, haproxy.cfg; empty for anything else.</summary>
    public string Configuration { get; init; } = "";

    public PublishedEndpoint Endpoint(string name) => Endpoints.Single(endpoint => endpoint.Name == name);
}

internal enum PublishedKind
{
    /// <summary>A server of ours, made from a project.</summary>
    Server,
    LoadBalancer,
    Database,
}

/// <param name="Name">Its name, as in <c>{web.bindings.http.port}</c>.</param>
/// <param name="Scheme"><c>http</c> or <c>tcp</c>.</param>
/// <param name="Port">The port that the container listens on.</param>
/// <param name="IsExternal">Whether visitors come in here.</param>
internal sealed record PublishedEndpoint(string Name, string Scheme, int Port, bool IsExternal);

/// <param name="Name">The volume's name.</param>
/// <param name="Folder">Where the container has it.</param>
internal sealed record PublishedVolume(string Name, string Folder);

/// <param name="Name">Its name, as in <c>{postgres-password.value}</c>.</param>
/// <param name="IsGenerated">Whether any value will do, as long as nobody can guess it.</param>
internal sealed record PublishedParameter(string Name, bool IsGenerated)
{
    /// <summary>Its name as an environment variable, for example <c>POSTGRES_PASSWORD</c>.</summary>
    public string Variable => Name.Replace('-', '_').ToUpperInvariant();
}
