using System.Net.Sockets;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// Calls HAProxy's Runtime API through the master process, which forwards commands with the prefix <c>@1</c> to the worker and reloads
/// the configuration. https://docs.haproxy.org/3.0/management.html#9.4
/// </summary>
internal static class RuntimeApiClient
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    public static async Task<HAProxyStatistics> GetStatisticsAsync(HAProxyResource instance, CancellationToken cancellationToken) =>
        HAProxyStatistics.Parse(await SendAsync(instance, "@1 show stat", cancellationToken).ConfigureAwait(false));

    /// <summary>Sets the administrative state of servers.</summary>
    /// <param name="instance">The load balancer.</param>
    /// <param name="servers">The servers, by their names in the configuration.</param>
    /// <param name="state"><c>ready</c>, <c>drain</c> or <c>maint</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task SetStateAsync(HAProxyResource instance, IEnumerable<(string Backend, string Name)> servers, string state, CancellationToken cancellationToken)
    {
        var commands = servers.Select(server => $"@1 set server {server.Backend}/{server.Name} state {state}");
        var answer = await SendAsync(instance, string.Join(';', commands), cancellationToken).ConfigureAwait(false);
        if (answer.Trim() is { Length: > 0 } error)
        {
            throw new RuntimeApiException($"{instance.Name} rejected the command: {error}");
        }
    }

    /// <summary>Starts a new worker with the current configuration file; the old worker finishes its requests.</summary>
    /// <exception cref="RuntimeApiException">The load balancer does not answer, or rejects the configuration.</exception>
    public static async Task ReloadAsync(HAProxyResource instance, CancellationToken cancellationToken)
    {
        var response = await SendAsync(instance, "reload", cancellationToken).ConfigureAwait(false);
        if (!response.StartsWith("Success=1", StringComparison.Ordinal))
        {
            throw new RuntimeApiException(
                $"{instance.Name} rejected the new configuration and keeps the previous one: {response.Trim()}");
        }
    }

    /// <summary>Returns a PROXY protocol v2 header with the key as the connection's unique identifier, and empty addresses.</summary>
    public static byte[] ProxyProtocolHeader(string key) =>
    [
        .. "\r\n\r\n\0\r\nQUIT\n"u8,
        0x21, 0x11, 0, (byte)(12 + 3 + key.Length),
        .. new byte[12],
        0x05, 0, (byte)key.Length,
        .. System.Text.Encoding.ASCII.GetBytes(key),
    ];

    /// <summary>Sends a command and returns the response.</summary>
    /// <exception cref="RuntimeApiException">The load balancer has not started, or does not answer.</exception>
    public static async Task<string> SendAsync(HAProxyResource instance, string command, CancellationToken cancellationToken)
    {
        var endpoint = instance.RuntimeEndpoint;
        if (!endpoint.IsAllocated)
        {
            throw new RuntimeApiException($"{instance.Name} has not started yet.");
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_timeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(endpoint.Host, endpoint.Port, timeout.Token).ConfigureAwait(false);
            var stream = client.GetStream();
            await stream.WriteAsync(ProxyProtocolHeader(instance.Cluster.RuntimeKey), timeout.Token).ConfigureAwait(false);
            // After a worker command, the master waits for another command unless it receives "quit".
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + ";quit\n"), timeout.Token).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            var response = await reader.ReadToEndAsync(timeout.Token).ConfigureAwait(false);
            // HAProxy ends every response with an empty line. Docker accepts and closes connections to a container that is not running.
            return response.Length > 0 ? response : throw new RuntimeApiException($"{instance.Name} does not answer.");
        }
        catch (Exception ex) when (ex is SocketException or IOException
            || (ex is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new RuntimeApiException($"{instance.Name} does not answer.", ex);
        }
    }
}

/// <summary>A Runtime API command failed; the message names the load balancer and the reason.</summary>
public sealed class RuntimeApiException(string message, Exception? inner = null) : Exception(message, inner);
