using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>
/// Load balancers in containers with the configuration that a model gives, and before this process's own servers: what the
/// configuration does, without the rest of the topology.
/// </summary>
internal sealed class HAProxyCluster : IAsyncDisposable
{
    /// <summary>The port that clients are told to use for TLS; not the one in the container, to tell the two apart.</summary>
    public const int ToldTlsPort = 18443;

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
        Origins = [.. model.Frontends.SelectMany(f => f.Backend.Servers).Select(server => new RawOrigin(server.Name) { State = OriginState.Ok })];

        var configuration = HAProxyConfiguration.Render(model);
        int[] ports = [.. model.Frontends.Select(f => f.Port), HAProxyConfiguration.OperationsPort, HAProxyConfiguration.RuntimePort, .. model.Tls is { } tls ? [tls.Port] : Array.Empty<int>()];
        string[] options = [
            .. model.Tls is null ? Array.Empty<string>() : [$"--env={HAProxyConfiguration.TlsPortVariable}={ToldTlsPort}"],
            .. variables.Select(variable => $"--env={variable}"),
            .. ports.Select(port => $"--publish=127.0.0.1::{port}"),
            .. model.Instances.Select(name => $"--env={HAProxyServer.VariableOf(name)}={name}:{HAProxyConfiguration.PeersPort}"),
            .. Origins.Select(origin => $"--env={HAProxyServer.VariableOf(origin.Name)}={host}:{origin.Port}")];
        _instances = [.. model.Instances.Select(name => new HAProxyInstance(
            name, _network, container => ContainerClient.CopyFilesAsync(container, configuration, model.Tls is null ? null : TestCertificate.Pem), options, command))];
    }

    public IReadOnlyList<RawOrigin> Origins { get; }

    /// <summary>All that reached any server.</summary>
    public IEnumerable<RawRequest> Requests => Origins.SelectMany(origin => origin.Requests);

    /// <summary>The load balancer of this name.</summary>
    public HAProxyInstance this[string name] => _instances.Single(instance => instance.Name == name);

    public RawOrigin Origin(string name) => Origins.Single(origin => origin.Name == name);

    /// <summary>The port of this machine for visitors.</summary>
    public int Public(string instance = "lb-1") => this[instance].Port(PublicPort);

    /// <summary>The port of this machine that other tiers would use.</summary>
    public int Internal(string instance = "lb-1") => this[instance].Port(InternalPort);

    /// <summary>The port of this machine for operators and orchestrators.</summary>
    public int Operations(string instance = "lb-1") => this[instance].Port(HAProxyConfiguration.OperationsPort);

    public Uri Website(string instance = "lb-1") => new($"http://localhost:{Public(instance)}");

    /// <summary>Visitors' servers web-1 and so on.</summary>
    public static HAProxyModel Model(HAProxySettings settings, int instances = 1, int servers = 2) => new(
        [.. Enumerable.Range(1, instances).Select(i => $"lb-{i}")],
        [new("public", PublicPort, IsPublic: true, new("web", [.. Enumerable.Range(1, servers).Select(i => new HAProxyServer($"web-{i}"))]))],
        settings);

    /// <summary>Visitors' servers web-1 and so on, and behind them api-1 and so on.</summary>
    public static HAProxyModel TwoTiers(HAProxySettings settings, int servers = 2)
    {
        var model = Model(settings, servers: servers);
        return model with { Frontends = [.. model.Frontends, new("api", InternalPort, IsPublic: false, new("api", [new("api-1"), new("api-2")]))] };
    }

    /// <summary>Starts the load balancers and waits until each sends requests to all servers.</summary>
    /// <param name="model">What they are.</param>
    /// <param name="started">How many of them are started; null for all.</param>
    /// <param name="variables">What they are told besides, as <c>NAME=value</c>.</param>
    public static Task<HAProxyCluster> StartAsync(HAProxyModel model, int? started = null, params string[] variables) => StartAsync(model, started, [], variables);

    /// <summary>Starts load balancers that run a command of their own, without the Runtime API, and waits until they are ready.</summary>
    public static Task<HAProxyCluster> StartCommandAsync(HAProxyModel model, string[] command, params string[] variables) => StartAsync(model, null, command, variables);

    private static async Task<HAProxyCluster> StartAsync(HAProxyModel model, int? started, string[] command, string[] variables)
    {
        var network = $"scaleup-test-{Guid.NewGuid():n}";
        await ContainerClient.RunAsync("network", "create", network);
        // As in UpstreamAddressResolver: on Linux this machine is the network's gateway, elsewhere it has a name. (A name that is only in the
        // container's hosts file would not do: HAProxy asks for names again while it runs, and then of DNS alone.)
        var host = OperatingSystem.IsLinux()
            ? await ContainerClient.RunAsync("network", "inspect", "--format={{(index .IPAM.Config 0).Gateway}}", network)
            : "host.docker.internal";
        var cluster = new HAProxyCluster(model, network, host, command, variables);
        try
        {
            foreach (var instance in cluster._instances.Take(started ?? cluster._instances.Count))
            {
                await cluster.StartAsync(instance.Name);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a load balancer that is not there, and waits until it sends requests to all servers.</summary>
    public async Task StartAsync(string instance)
    {
        await this[instance].StartAsync();
        await WaitUntilAllUpAsync(instance);
    }

    /// <summary>Puts back what the test before changed.</summary>
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

    /// <summary>What reached which server, and what the load balancers say of it, for the message of a test that fails.</summary>
    public async Task<string> DescribeAsync() =>
        $"Reached: {string.Join(", ", Requests.TakeLast(20).Select(request => $"{request.Server} {request.Line}"))}\n{string.Join("\n", await Task.WhenAll(_instances.Select(instance => instance.DescribeAsync())))}";

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        await ContainerClient.TryAsync(["network", "rm", _network]);
        foreach (var origin in Origins)
        {
            origin.Dispose();
        }
    }

    private Task<TimeSpan> WaitUntilAllUpAsync(string instance) => Eventually.TrueAsync(
        async () =>
        {
            if (!_hasRuntimeApi)
            {
                return (await RawClient.SendAsync(Operations(instance), "GET /health HTTP/1.0\r\n\r\n")).Status == 200;
            }

            return await this[instance].StatisticsAsync() is { } statistics
                && _model.Frontends.All(f => f.Backend.Servers.All(server => statistics.Server(f.Backend.Name, server.Name)!.IsUp));
        },
        this[instance].DescribeAsync);
}
