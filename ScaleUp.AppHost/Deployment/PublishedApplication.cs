namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// The application to deploy, independent of the deployment target. <see cref="PublishedApplicationReader"/> reads it from the application
/// model, so that AppHost.cs is the only description of the topology. Each deployment target is a pure function of it.
/// </summary>
/// <param name="Services">The services; names are unique.</param>
/// <param name="Parameters">The secrets that the services need: passwords and keys.</param>
internal sealed record PublishedApplication(IReadOnlyList<PublishedService> Services, IReadOnlyList<PublishedParameter> Parameters)
{
    /// <summary>The address that the load balancers share on one server; null for none.</summary>
    public VirtualAddress? VirtualAddress { get; init; }

    /// <summary>The service with this name.</summary>
    /// <exception cref="InvalidOperationException">There is no service with this name.</exception>
    public PublishedService this[string name] => Services.Single(service => service.Name == name);

    /// <summary>
    /// The services whose environment references the service, each with the endpoint. No other traffic needs to be allowed.
    /// </summary>
    public IEnumerable<(PublishedService Caller, PublishedEndpoint Endpoint)> CallersOf(PublishedService service) =>
        from caller in Services
        where caller != service
        from endpoint in service.Endpoints
        where caller.Environment.Values.Any(text => ManifestExpressions.References(text, service, endpoint))
        select (caller, endpoint);
}

/// <summary>A program with one or more replicas, which other services reach by its name.</summary>
internal sealed record PublishedService(string Name, ServiceKind Kind)
{
    /// <summary>The image, or the base image of a load balancer; empty for a project, whose image the .NET SDK builds.</summary>
    public string Image { get; init; } = "";

    /// <summary>The project file; empty for a container.</summary>
    public string ProjectPath { get; init; } = "";

    /// <summary>The repository name of a project's image, as in Directory.Build.targets: <c>scaleup-web</c> for ScaleUp.Web.</summary>
    public string Repository =>
        $"scaleup{Path.GetExtension(Path.GetFileNameWithoutExtension(ProjectPath)).Replace('.', '-').ToLowerInvariant()}";

    /// <summary>The name of the group of interchangeable services that this service belongs to; by default its own name.</summary>
    public string Group { get; init; } = Name;

    public int Replicas { get; init; } = 1;

    /// <summary>The environment variables; values may contain placeholders, see <see cref="ManifestExpressions"/>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The command that replaces the image's entry point; empty to use that.</summary>
    public string[] Command { get; init; } = [];

    public IReadOnlyList<PublishedEndpoint> Endpoints { get; init; } = [];

    /// <summary>The volume with persistent data; null for none.</summary>
    public PublishedVolume? Volume { get; init; }

    /// <summary>The contents of a load balancer's haproxy.cfg; empty for other services.</summary>
    public string Configuration { get; init; } = "";

    public PublishedEndpoint Endpoint(string name) => Endpoints.Single(endpoint => endpoint.Name == name);
}

internal enum ServiceKind
{
    /// <summary>A web or application server, built from a project.</summary>
    Server,
    LoadBalancer,
    Database,
}

/// <param name="Name">The name, as in <c>{web.bindings.http.port}</c>.</param>
/// <param name="Scheme"><c>http</c> or <c>tcp</c>.</param>
/// <param name="Port">The port that the container listens on.</param>
/// <param name="IsExternal">Whether visitors use this endpoint.</param>
internal sealed record PublishedEndpoint(string Name, string Scheme, int Port, bool IsExternal);

/// <param name="Name">The volume's name.</param>
/// <param name="Folder">The mount path in the container.</param>
internal sealed record PublishedVolume(string Name, string Folder);

/// <param name="Name">The name, as in <c>{postgres-password.value}</c>.</param>
/// <param name="IsGenerated">Whether the value is a generated random string, rather than one that the operator must provide.</param>
internal sealed record PublishedParameter(string Name, bool IsGenerated)
{
    /// <summary>The environment variable, for example <c>POSTGRES_PASSWORD</c>.</summary>
    public string Variable => Name.Replace('-', '_').ToUpperInvariant();
}
