using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace ScaleUp.Tests.HAProxy;

/// <summary>
/// A client that sends exactly the given bytes, one per character (Latin-1), even if they are no valid HTTP, and returns responses as
/// text, even if they are incomplete.
/// </summary>
internal sealed partial class RawClient : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };

    // TcpClient.GetStream() fails once a write has failed, although the response can still be read.
    private NetworkStream _stream = null!;

    private RawClient()
    {
    }

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var client = new RawClient();
        await client._tcp.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        if (Equals(client._tcp.Client.LocalEndPoint, client._tcp.Client.RemoteEndPoint))
        {
            // Nothing listens on the port, and the kernel selected the same port for the client: TCP connects it to itself.
            client.Dispose();
            throw new SocketException((int)SocketError.ConnectionRefused);
        }

        client._stream = client._tcp.GetStream();
        return client;
    }

    /// <summary>Sends a request on a new connection.</summary>
    /// <returns>The response; incomplete if the connection ends early.</returns>
    public static async Task<RawResponse> SendAsync(int port, string request)
    {
        using var client = await ConnectAsync(port);
        return await client.SendAsync(request);
    }

    /// <summary>Sends bytes and reads the next response.</summary>
    /// <returns>The response; incomplete if the connection ends early.</returns>
    public async Task<RawResponse> SendAsync(string request)
    {
        await WriteAsync(request);
        return new(await ReadAsync(text => IsComplete(text, hasBody: !request.StartsWith("HEAD ", StringComparison.Ordinal))));
    }

    public async Task WriteAsync(string request)
    {
        try
        {
            await _stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // The server rejected the request before its end; its response can still be read.
        }
    }

    public Task<string> ReadToEndAsync() => ReadAsync(_ => false);

    /// <summary>Reads at least this number of bytes.</summary>
    public Task<string> ReadAsync(int count) => ReadAsync(text => text.Length >= count);

    public void Dispose() => _tcp.Dispose();

    private async Task<string> ReadAsync(Func<string, bool> isComplete)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Eventually.Limit);
        try
        {
            while (!isComplete(text.ToString()) && await _stream.ReadAsync(buffer, limit.Token) is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // The peer reset the connection.
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"The response did not complete within {Eventually.Limit.TotalSeconds} s; received '{text}'.");
        }

        return text.ToString();
    }

    private static bool IsComplete(string text, bool hasBody)
    {
        var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return head >= 0 && ContentLength().Match(text[..(head + 2)]) is var length
            && text.Length >= head + 4 + (hasBody && length.Success ? int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
    }

    [GeneratedRegex(@"\r\ncontent-length: (\d+)\r\n", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();
}

/// <summary>A response as received, one character per byte (Latin-1).</summary>
internal sealed partial record RawResponse(string Text)
{
    /// <summary>The status code; 0 if the connection ended without one.</summary>
    public int Status =>
        StatusLine().Match(Text) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    public string Body => Text[(Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];

    public string? Header(string name) =>
        Text.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..]
            .Trim();

    [GeneratedRegex(@"^HTTP/1\.[01] (\d{3})")]
    private static partial Regex StatusLine();
}
