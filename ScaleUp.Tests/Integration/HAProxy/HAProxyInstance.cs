using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>One load balancer of a <see cref="HAProxyCluster"/>, in a container.</summary>
/// <param name="name">The name, which is also the host name for its peers.</param>
/// <param name="network">The network of the containers, also the prefix of the container's name.</param>
/// <param name="copyFiles">Copies the files into the container of the given name.</param>
/// <param name="options">The options of <c>docker create</c> that all instances share: ports and environment variables.</param>
/// <param name="command">A command to run instead of HAProxy with the Runtime API; empty for the latter.</param>
internal sealed class HAProxyInstance(
    string name, string network, Func<string, Task> copyFiles, IReadOnlyList<string> options, IReadOnlyList<string> command)
    : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, int> _ports = [];
    private readonly ConcurrentQueue<string> _log = [];
    private Process? _logReader;
    private Task _logEnd = Task.CompletedTask;

    public string Name { get; } = name;

    private const string RuntimeKey = "key-of-the-tests";

    private string Container => $"{network}-{Name}";

    /// <summary>All lines of the log, including those from before a restart.</summary>
    public IReadOnlyCollection<string> Log => _log;

    /// <summary>Whether the container, once started, has exited; then the log is complete.</summary>
    public bool HasExited => _logEnd.IsCompleted;

    /// <summary>The host port that is mapped to a container port.</summary>
    public int Port(int containerPort) => _ports[containerPort];

    /// <exception cref="InvalidOperationException">The container did not start, or exited immediately.</exception>
    public async Task StartAsync()
    {
        var file = $"{HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}";
        await ContainerClient.RunAsync(["create", $"--name={Container}", $"--network={network}", $"--network-alias={Name}",
            "--cap-drop=ALL", "--security-opt=no-new-privileges", $"--env={HAProxyConfiguration.NameVariable}={Name}",
            .. command is [] ? [$"--env={HAProxyConfiguration.RuntimeKeyVariable}={RuntimeKey}"] : Array.Empty<string>(),
            .. options, ContainerClient.HAProxyImage,
            .. command is [] ? ["-S", HAProxyConfiguration.RuntimeSocket, "-f", file] : command]);
        await copyFiles(Container);
        await ContainerClient.RunAsync("start", Container);
        _logReader = ContainerClient.Start(["logs", "--follow", Container]);
        _logEnd = Task.WhenAll(ReadLogAsync(_logReader.StandardOutput), ReadLogAsync(_logReader.StandardError));
        var mappings = (await ContainerClient.RunAsync("port", Container)).Split('\n');
        foreach (var line in mappings.Where(line => line.Contains("/tcp -> 127.0.0.1:", StringComparison.Ordinal)))
        {
            var containerPort = int.Parse(line.Split('/')[0], CultureInfo.InvariantCulture);
            _ports[containerPort] = int.Parse(line.Split(':')[^1], CultureInfo.InvariantCulture);
        }

        if (mappings is [""])
        {
            // A stopped container has no ports.
            await _logEnd.WaitAsync(Eventually.Limit);
            throw new InvalidOperationException(DescribeExit());
        }
    }

    /// <summary>Sends a signal to the container, for example <c>SIGUSR1</c>.</summary>
    public Task SignalAsync(string signal) => ContainerClient.RunAsync("kill", $"--signal={signal}", Container);

    /// <summary>Whether the container is running.</summary>
    public async Task<bool> IsRunningAsync() =>
        await ContainerClient.RunAsync("inspect", "--format={{.State.Running}}", Container) == "true";

    /// <summary>Kills and removes the container.</summary>
    public async ValueTask DisposeAsync()
    {
        await ContainerClient.TryAsync(["rm", "--force", Container]);
        _logReader?.Kill();
        _logReader?.Dispose();
        _logReader = null;
    }

    /// <summary>Executes a command of the Runtime API.</summary>
    /// <param name="command">The command.</param>
    /// <param name="key">The key to send; null for the correct one.</param>
    /// <returns>The output; empty if the connection fails.</returns>
    public async Task<string> ExecuteAsync(string command, string? key = null)
    {
        try
        {
            using var client = await RawClient.ConnectAsync(Port(HAProxyConfiguration.RuntimePort));
            await client.WriteAsync(Encoding.Latin1.GetString(RuntimeApiClient.ProxyProtocolHeader(key ?? RuntimeKey)) + command + ";quit\n");
            return await client.ReadToEndAsync();
        }
        catch (Exception ex) when (ex is SocketException or IOException)
        {
            return "";
        }
    }

    /// <summary>The status of a server, for example <c>UP</c> or <c>DOWN</c>; empty if the Runtime API is unavailable.</summary>
    public async Task<string> StatusOfAsync(string backend, string server) =>
        (await StatisticsAsync())?.Server(backend, server)?.Status ?? "";

    /// <summary>The statistics; null if the Runtime API is unavailable.</summary>
    public async Task<HAProxyStatistics?> StatisticsAsync()
    {
        var output = await ExecuteAsync("@1 show stat");
        return output.StartsWith('#') ? HAProxyStatistics.Parse(output) : null;
    }

    /// <summary>Waits for the access log line that contains a text; at most one line may contain it.</summary>
    public async Task<JsonElement> AccessLogAsync(string text)
    {
        string? found = null;
        await Eventually.TrueAsync(
            () =>
            {
                found = _log.SingleOrDefault(line => line.StartsWith('{') && line.Contains(text, StringComparison.Ordinal));
                return found is not null;
            },
            DescribeAsync);
        try
        {
            using var json = JsonDocument.Parse(found!);
            return json.RootElement.Clone();
        }
        catch (JsonException ex)
        {
            Assert.Fail($"The log line is not valid JSON: {ex.Message}\n{found}");
            throw;
        }
    }

    /// <summary>The end of the log, for the message if the container has exited.</summary>
    public string DescribeExit() => $"{Name} exited. Log:\n{string.Join('\n', _log.TakeLast(12))}";

    /// <summary>The server states and the end of the log, for the message of a failed test.</summary>
    public async Task<string> DescribeAsync() =>
        $"{Name}: {await ExecuteAsync("@1 show servers state")}\nLog:\n{string.Join('\n', _log.TakeLast(12))}";

    private async Task ReadLogAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _log.Enqueue(line);
        }
    }
}
