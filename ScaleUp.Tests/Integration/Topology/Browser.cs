using System.Net;
using System.Net.Sockets;

namespace ScaleUp.Tests.Topology;

/// <summary>
/// An HTTP client that connects like browsers (and curl): it resolves "localhost" to 127.0.0.1 and ::1 regardless of the
/// machine's hosts file (RFC 6761, 6.3) and tries the next address when one does not connect.
/// </summary>
internal static class Browser
{
    private static readonly IPAddress[] s_localhost = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// <param name="website">The base address.</param>
    /// <param name="cookies">The client's cookies; null for a new, empty container.</param>
    public static HttpClient Open(Uri website, CookieContainer? cookies = null) =>
        new(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            CookieContainer = cookies ?? new CookieContainer(),
            AutomaticDecompression = DecompressionMethods.All,
        })
        { BaseAddress = website };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await (context.DnsEndPoint.Host == "localhost"
                ? socket.ConnectAsync(s_localhost, context.DnsEndPoint.Port, cancellationToken)
                : socket.ConnectAsync(context.DnsEndPoint, cancellationToken));
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
