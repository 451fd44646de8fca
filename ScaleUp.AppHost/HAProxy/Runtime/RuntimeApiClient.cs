using System.Net.Sockets;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// HAProxy's Runtime API, by way of its master process, which passes on what begins with <c>@1</c> to the worker and can
/// itself reload the configuration. https://docs.haproxy.org/3.0/management.html#9.4
/// </summary>
internal static class RuntimeApiClient
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    public static async Task<HAProxyStatistics> GetStatisticsAsync(HAProxyResource instance, CancellationToken cancellationToken) =>
        HAProxyStatistics.Parse(await SendAsync(instance, "@1 show stat", cancellationToken).ConfigureAwait(false));

    /// <summary>Sends or keeps off new requests. HAProxy says nothing if it has done so, and why if it has not.</summary>
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
            throw new RuntimeApiException($"{instance.Name} refused: {error}");
        }
    }

    /// <summary>Has a new worker take over with the configuration as it is in the file now; the old one ends its requests.</summary>
    public static async Task ReloadAsync(HAProxyResource instance, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(instance, "reload", cancellationToken).ConfigureAwait(false);
        if (!answer.StartsWith("Success=1", StringComparison.Ordinal))
        {
            throw new RuntimeApiException($"{instance.Name} goes on with its old configuration, because it refused the new one: {answer.Trim()}");
        }
    }

    /// <summary>The header of the PROXY protocol, version 2, with the key as the connection's unique identifier; its addresses mean nothing.</summary>
    public static byte[] HeaderWith(string key) =>
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0, (byte)(12 + 3 + key.Length), .. new byte[12], 0x05, 0, (byte)key.Length, .. System.Text.Encoding.ASCII.GetBytes(key)];

    /// <summary>Sends one command.</summary>
    /// <exception cref="RuntimeApiException">The load balancer is not there, or does not answer.</exception>
    public static async Task<string> SendAsync(HAProxyResource instance, string command, CancellationToken cancellationToken)
    {
        var endpoint = instance.RuntimeEndpoint;
        if (!endpoint.IsAllocated)
        {
            throw new RuntimeApiException($"{instance.Name} was not started yet.");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(endpoint.Host, endpoint.Port, limit.Token).ConfigureAwait(false);
            var stream = client.GetStream();
            await stream.WriteAsync(HeaderWith(instance.Cluster.RuntimeKey), limit.Token).ConfigureAwait(false);
            // To quit is said explicitly: after a command for the worker the master waits for another one.
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + ";quit\n"), limit.Token).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync(limit.Token).ConfigureAwait(false);
            // HAProxy ends every answer with an empty line. Docker accepts connections for a container that is not there, and ends them.
            return answer.Length > 0 ? answer : throw new RuntimeApiException($"{instance.Name} does not answer.");
        }
        catch (Exception ex) when (ex is SocketException or IOException || (ex is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new RuntimeApiException($"{instance.Name} does not answer.", ex);
        }
    }
}

/// <summary>A load balancer could not be asked or told something; the message says which and why.</summary>
internal sealed class RuntimeApiException(string message, Exception? inner = null) : Exception(message, inner);
