using System.Net;
using System.Net.Sockets;

namespace ScaleUp.Tests.Topology;

/// <summary>
/// An HTTP client that finds servers as browsers (and curl) do: "localhost" is 127.0.0.1 and ::1, whatever the machine's
/// hosts file says of it (RFC 6761, 6.3), and an address that does not connect is no reason to give up.
/// </summary>
internal static class Browser
{
    private static readonly IPAddress[] s_localhost = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// <param name="website">Where relative addresses begin.</param>
    /// <param name="cookies">What the client has been told to remember; null to begin anew.</param>
    public static HttpClient Open(Uri website, CookieContainer? cookies = null) =>
        new(new SocketsHttpHandler { ConnectCallback = ConnectAsync, CookieContainer = cookies ?? new CookieContainer(), AutomaticDecompression = DecompressionMethods.All }) { BaseAddress = website };

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
