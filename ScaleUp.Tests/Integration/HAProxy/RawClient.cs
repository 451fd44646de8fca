using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A client that sends just the bytes that it is told to (each character is one: Latin-1).</summary>
internal sealed partial class RawClient : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };

    private RawClient()
    {
    }

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var client = new RawClient();
        await client._tcp.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>Sends a request on a connection of its own.</summary>
    /// <returns>The answer, or what there is of it if the connection ends before.</returns>
    public static async Task<RawResponse> SendAsync(int port, string request)
    {
        using var client = await ConnectAsync(port);
        return await client.SendAsync(request);
    }

    /// <summary>Sends bytes and reads the next answer, or what there is of it if the connection ends before.</summary>
    public async Task<RawResponse> SendAsync(string request)
    {
        await WriteAsync(request);
        return new(await ReadAsync(text => IsWhole(text, hasBody: !request.StartsWith("HEAD ", StringComparison.Ordinal))));
    }

    public async Task WriteAsync(string request)
    {
        try
        {
            await _tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // A request that was refused before its end; the answer is there nevertheless.
        }
    }

    public Task<string> ReadToEndAsync() => ReadAsync(_ => false);

    /// <summary>Reads so many bytes.</summary>
    public Task<string> ReadAsync(int count) => ReadAsync(text => text.Length >= count);

    public void Dispose() => _tcp.Dispose();

    private async Task<string> ReadAsync(Func<string, bool> isEnough)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Eventually.Limit);
        try
        {
            while (!isEnough(text.ToString()) && await _tcp.GetStream().ReadAsync(buffer, limit.Token) is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // The other side has reset the connection.
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"Nothing more came within {Eventually.Limit.TotalSeconds} s, after '{text}'.");
        }

        return text.ToString();
    }

    private static bool IsWhole(string text, bool hasBody)
    {
        var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return head >= 0 && LengthForm().Match(text[..(head + 2)]) is var length
            && text.Length >= head + 4 + (hasBody && length.Success ? int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
    }

    [GeneratedRegex(@"\r\ncontent-length: (\d+)\r\n", RegexOptions.IgnoreCase)]
    private static partial Regex LengthForm();
}

/// <summary>An answer, byte for byte.</summary>
internal sealed partial record RawResponse(string Text)
{
    /// <summary>The status; 0 if the connection ended without one.</summary>
    public int Status => StatusForm().Match(Text) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    public string Body => Text[(Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];

    public string? Header(string name) => Text.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    [GeneratedRegex(@"^HTTP/1\.[01] (\d{3})")]
    private static partial Regex StatusForm();
}
