using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>One load balancer of a <see cref="HAProxyCluster"/>, in a container.</summary>
/// <param name="name">Its name, under which its peers find it.</param>
/// <param name="network">The containers' network, and with it what the container's name begins with.</param>
/// <param name="files">Puts the files into the container.</param>
/// <param name="options">What <c>docker create</c> is told of the ports and variables that all instances have alike.</param>
/// <param name="command">What it runs instead of HAProxy with the Runtime API; empty for that.</param>
internal sealed class HAProxyInstance(string name, string network, Func<string, Task> files, IReadOnlyList<string> options, IReadOnlyList<string> command) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, int> _ports = [];
    private readonly ConcurrentQueue<string> _log = [];
    private Process? _logReader;

    public string Name { get; } = name;

    private const string RuntimeKey = "key-of-the-tests";

    private string Container => $"{network}-{Name}";

    /// <summary>All that it has written, also before it was removed and started again.</summary>
    public IReadOnlyCollection<string> Log => _log;

    /// <summary>The port of this machine that leads to one of the container.</summary>
    public int Port(int containerPort) => _ports[containerPort];

    public async Task StartAsync()
    {
        await ContainerClient.RunAsync(["create", $"--name={Container}", $"--network={network}", $"--network-alias={Name}",
            "--cap-drop=ALL", "--security-opt=no-new-privileges", $"--env={HAProxyConfiguration.NameVariable}={Name}",
            .. command is [] ? [$"--env={HAProxyConfiguration.RuntimeKeyVariable}={RuntimeKey}"] : Array.Empty<string>(), .. options, ContainerClient.HAProxyImage,
            .. command is [] ? ["-S", HAProxyConfiguration.RuntimeSocket, "-f", $"{HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}"] : command]);
        await files(Container);
        await ContainerClient.RunAsync("start", Container);
        _logReader = ContainerClient.Start(["logs", "--follow", Container]);
        _ = ReadLogAsync(_logReader.StandardOutput);
        _ = ReadLogAsync(_logReader.StandardError);
        foreach (var line in (await ContainerClient.RunAsync("port", Container)).Split('\n').Where(line => line.Contains("/tcp -> 127.0.0.1:", StringComparison.Ordinal)))
        {
            _ports[int.Parse(line.Split('/')[0], CultureInfo.InvariantCulture)] = int.Parse(line.Split(':')[^1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Sends it a signal, for example <c>SIGUSR1</c>.</summary>
    public Task SignalAsync(string signal) => ContainerClient.RunAsync("kill", $"--signal={signal}", Container);

    /// <summary>Whether it runs.</summary>
    public async Task<bool> IsRunningAsync() => await ContainerClient.RunAsync("inspect", "--format={{.State.Running}}", Container) == "true";

    /// <summary>Kills it, and leaves nothing of it.</summary>
    public async ValueTask DisposeAsync()
    {
        await ContainerClient.TryAsync(["rm", "--force", Container]);
        _logReader?.Kill();
        _logReader?.Dispose();
        _logReader = null;
    }

    /// <summary>Asks the Runtime API; empty if it does not answer.</summary>
    /// <param name="command">The command.</param>
    /// <param name="key">Another key than the right one.</param>
    public async Task<string> AskAsync(string command, string? key = null)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port(HAProxyConfiguration.RuntimePort), TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(RuntimeApiClient.ProxyProtocolHeader(key ?? RuntimeKey), TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + ";quit\n"), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(client.GetStream());
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (Exception ex) when (ex is SocketException or IOException)
        {
            return "";
        }
    }

    /// <summary>The state of a server as this load balancer sees it, for example <c>UP</c> or <c>DOWN</c>; empty if it does not answer.</summary>
    public async Task<string> StatusOfAsync(string backend, string server) => (await StatisticsAsync())?.Server(backend, server)!.Status ?? "";

    /// <summary>How it is, by its own account; null if it does not answer.</summary>
    public async Task<HAProxyStatistics?> StatisticsAsync()
    {
        var answer = await AskAsync("@1 show stat");
        return answer.StartsWith('#') ? HAProxyStatistics.Parse(answer) : null;
    }

    /// <summary>The line in the log of the only request with this text in it.</summary>
    public async Task<JsonElement> AccessLogAsync(string text)
    {
        string? found = null;
        await Eventually.TrueAsync(() => (found = _log.SingleOrDefault(line => line.StartsWith('{') && line.Contains(text, StringComparison.Ordinal))) is not null, DescribeAsync);
        try
        {
            using var json = JsonDocument.Parse(found!);
            return json.RootElement.Clone();
        }
        catch (JsonException ex)
        {
            Assert.Fail($"Not JSON: {ex.Message}\n{found}");
            throw;
        }
    }

    /// <summary>State and log, for the message of a test that fails.</summary>
    public async Task<string> DescribeAsync() =>
        $"{Name}: {await AskAsync("@1 show servers state")}\nLog:\n{string.Join('\n', _log.TakeLast(12))}";

    private async Task ReadLogAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _log.Enqueue(line);
        }
    }
}
