using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>
/// Runs load balancers in containers, with the configuration of a model and servers in this process, to test the configuration without
/// the rest of the topology.
/// </summary>
internal sealed class HAProxyCluster : IAsyncDisposable
{
    /// <summary>The TLS port in redirects and <c>Alt-Svc</c>; it differs from the container's, so that tests can tell them apart.</summary>
    public const int AdvertisedTlsPort = 18443;

    private const int PublicPort = 8080;
    private const int InternalPort = 8081;

    private readonly HAProxyModel _model;
    private readonly IReadOnlyList<HAProxyInstance> _instances;

    private readonly string _network;

    private readonly bool _hasRuntimeApi;

    private HAProxyCluster(HAProxyModel model, string network, string host, string[] command, string[] variables)
    {
        _model = model;
        _network = network;
        _hasRuntimeApi = command.Length == 0;
        Origins =
        [
            .. model.Frontends.SelectMany(f => f.Backend.Servers)
                .Select(server => new RawOrigin(server.Name) { State = OriginState.Ok }),
        ];

        var configuration = HAProxyConfiguration.Render(model);
        int[] ports =
        [
            .. model.Frontends.Select(f => f.Port),
            HAProxyConfiguration.OperationsPort,
            HAProxyConfiguration.RuntimePort,
            .. model.Tls is { } tls ? [tls.Port] : Array.Empty<int>(),
        ];
        string[] options = [
            .. model.Tls is null ? Array.Empty<string>() : [$"--env={HAProxyConfiguration.TlsPortVariable}={AdvertisedTlsPort}"],
            .. variables.Select(variable => $"--env={variable}"),
            .. ports.Select(port => $"--publish=127.0.0.1::{port}"),
            .. model.Instances.Select(name => $"--env={HAProxyServer.VariableOf(name)}={name}:{HAProxyConfiguration.PeersPort}"),
            .. Origins.Select(origin => $"--env={HAProxyServer.VariableOf(origin.Name)}={host}:{origin.Port}")];
        var certificate = model.Tls is null ? null : TestCertificate.Pem;
        _instances =
        [
            .. model.Instances.Select(name => new HAProxyInstance(
                name, _network, container => ContainerClient.CopyFilesAsync(container, configuration, certificate), options, command)),
        ];
    }

    public IReadOnlyList<RawOrigin> Origins { get; }

    /// <summary>All requests that reached a server, without health checks.</summary>
    public IEnumerable<RawRequest> Requests => Origins.SelectMany(origin => origin.Requests);

    /// <summary>The load balancer with this name.</summary>
    public HAProxyInstance this[string name] => _instances.Single(instance => instance.Name == name);

    public RawOrigin Origin(string name) => Origins.Single(origin => origin.Name == name);

    /// <summary>The host port of the public frontend.</summary>
    public int Public(string instance = "lb-1") => this[instance].Port(PublicPort);

    /// <summary>The host port of the internal frontend.</summary>
    public int Internal(string instance = "lb-1") => this[instance].Port(InternalPort);

    /// <summary>The host port of the operations frontend.</summary>
    public int Operations(string instance = "lb-1") => this[instance].Port(HAProxyConfiguration.OperationsPort);

    public Uri Website(string instance = "lb-1") => new($"http://localhost:{Public(instance)}");

    /// <summary>A model with a public frontend and the servers web-1, web-2 and so on.</summary>
    public static HAProxyModel Model(HAProxySettings settings, int instances = 1, int servers = 2) => new(
        [.. Enumerable.Range(1, instances).Select(i => $"lb-{i}")],
        [
            new("public", PublicPort, IsPublic: true, new(
                "web", [.. Enumerable.Range(1, servers).Select(i => new HAProxyServer($"web-{i}"))])),
        ],
        settings);

    /// <summary>A model with a public frontend (web-1, web-2 and so on) and an internal frontend (api-1 and api-2).</summary>
    public static HAProxyModel TwoTiers(HAProxySettings settings, int servers = 2)
    {
        var model = Model(settings, servers: servers);
        return model with
        {
            Frontends = [.. model.Frontends, new("api", InternalPort, IsPublic: false, new("api", [new("api-1"), new("api-2")]))],
        };
    }

    /// <summary>Starts the load balancers and waits until all servers are up on each.</summary>
    /// <param name="model">The model of the load balancers.</param>
    /// <param name="started">The number of load balancers to start; null for all.</param>
    /// <param name="variables">Additional environment variables, as <c>NAME=value</c>.</param>
    public static Task<HAProxyCluster> StartAsync(HAProxyModel model, int? started = null, params string[] variables) =>
        StartAsync(model, started, [], variables);

    /// <summary>Starts load balancers with another command, without the Runtime API, and waits until they are ready.</summary>
    public static Task<HAProxyCluster> StartCommandAsync(HAProxyModel model, string[] command, params string[] variables) =>
        StartAsync(model, null, command, variables);

    private static async Task<HAProxyCluster> StartAsync(HAProxyModel model, int? started, string[] command, string[] variables)
    {
        var network = $"scaleup-test-{Guid.NewGuid():n}";
        await ContainerClient.RunAsync("network", "create", network);
        HAProxyCluster? cluster = null;
        try
        {
            cluster = new HAProxyCluster(model, network, await HostOfAsync(network), command, variables);
            foreach (var instance in cluster._instances.Take(started ?? cluster._instances.Count))
            {
                await cluster.StartAsync(instance.Name);
            }

            return cluster;
        }
        catch
        {
            await (cluster?.DisposeAsync() ?? RemoveAsync(network));
            throw;
        }
    }

    /// <summary>The address of this host in a network.</summary>
    private static async Task<string> HostOfAsync(string network) =>
        // As in UpstreamAddressResolver: on Linux the host is the network's gateway; elsewhere DNS resolves its name. A name in the
        // container's hosts file is not enough, because HAProxy re-resolves names at run time by DNS alone.
        OperatingSystem.IsLinux()
            ? await ContainerClient.RunAsync("network", "inspect", "--format={{(index .IPAM.Config 0).Gateway}}", network)
            : "host.docker.internal";

    private static async ValueTask RemoveAsync(string network) => await ContainerClient.TryAsync(["network", "rm", network]);

    /// <summary>Starts a load balancer that is not running, and waits until all its servers are up.</summary>
    public async Task StartAsync(string instance)
    {
        await this[instance].StartAsync();
        await WaitUntilAllUpAsync(instance);
    }

    /// <summary>Resets the servers to their initial behavior, clears their requests, and waits until lb-1 has all of them up.</summary>
    public async Task RestoreAsync()
    {
        foreach (var origin in Origins)
        {
            origin.Behaviour = RawOrigin.Answer;
            origin.State = OriginState.Ok;
            origin.Clear();
        }

        await WaitUntilAllUpAsync("lb-1");
    }

    /// <summary>The last requests that reached a server, and the state of the load balancers, for the message of a failed test.</summary>
    public async Task<string> DescribeAsync()
    {
        var requests = Requests.TakeLast(20).Select(request => $"{request.Server} {request.Line}");
        var instances = await Task.WhenAll(_instances.Select(instance => instance.DescribeAsync()));
        return $"Requests: {string.Join(", ", requests)}\n{string.Join("\n", instances)}";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        await RemoveAsync(_network);
        foreach (var origin in Origins)
        {
            origin.Dispose();
        }
    }

    private Task<TimeSpan> WaitUntilAllUpAsync(string instance) => Eventually.TrueAsync(
        async () =>
        {
            if (this[instance].HasExited)
            {
                throw new InvalidOperationException(this[instance].DescribeExit());
            }

            if (!_hasRuntimeApi)
            {
                return (await RawClient.SendAsync(Operations(instance), "GET /health HTTP/1.0\r\n\r\n")).Status == 200;
            }

            return await this[instance].StatisticsAsync() is { } statistics && _model.Frontends.All(
                f => f.Backend.Servers.All(server => statistics.Server(f.Backend.Name, server.Name) is { IsUp: true }));
        },
        this[instance].DescribeAsync);
}
