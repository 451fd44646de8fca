using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>
/// One connection of a browser, for one request after the other (HTTP/1.1). .NET's own client will not do: which requests it
/// repeats by itself, and when, is neither what browsers do nor to be seen from outside.
/// </summary>
internal sealed class HttpConnection(Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>Whether it has brought an answer already: then its end may come from idleness alone.</summary>
    public bool IsReused { get; private set; }

    /// <summary>Whether the last answer leaves it open for another request.</summary>
    public bool IsKept { get; private set; } = true;

    /// <summary>Whether nothing came while it was idle, not even its end; browsers look before they use it again.</summary>
    public bool IsIdle => IsKept && _start == _end && !socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="ConnectionLostException">The connection ended before the answer did.</exception>
    /// <exception cref="OperationCanceledException">The visitor lost patience; the connection is of no use any more.</exception>
    public async Task<HttpPage> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        var anyByte = false;
        try
        {
            IsKept = false;
            await socket.SendAsync(request, cancellationToken);
            await FillAsync(cancellationToken);
            anyByte = true;
            var page = await ReadPageAsync(cancellationToken);
            IsReused = true;
            return page;
        }
        catch (Exception exception) when (exception is SocketException or EndOfStreamException)
        {
            throw new ConnectionLostException(IsReused, anyByte, exception);
        }
    }

    public void Dispose() => socket.Dispose();

    private async Task<HttpPage> ReadPageAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var statusLine = (await ReadLineAsync(cancellationToken)).Split(' ', 3);
            var status = int.Parse(statusLine[1], CultureInfo.InvariantCulture);
            var headers = new List<(string Name, string Value)>();
            while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                headers.Add((line[..colon], line[(colon + 1)..].Trim()));
            }

            if (status >= 200)
            {
                var page = new HttpPage(status, headers, []);
                page = page with { Body = await ReadBodyAsync(page, cancellationToken) };
                IsKept = statusLine[0] == "HTTP/1.1" && !string.Equals(page["Connection"], "close", StringComparison.OrdinalIgnoreCase);
                return page;
            }
        }
    }

    private async Task<byte[]> ReadBodyAsync(HttpPage page, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        if (string.Equals(page["Transfer-Encoding"], "chunked", StringComparison.OrdinalIgnoreCase))
        {
            while (int.Parse((await ReadLineAsync(cancellationToken)).Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
            {
                await CopyAsync(body, size, cancellationToken);
                await ReadLineAsync(cancellationToken);
            }

            while ((await ReadLineAsync(cancellationToken)).Length > 0)
            {
                // Headers behind the body say nothing that matters here.
            }
        }
        else if (page["Content-Length"] is { } length)
        {
            await CopyAsync(body, long.Parse(length, CultureInfo.InvariantCulture), cancellationToken);
        }
        else if (page.Status is not (204 or 304))
        {
            throw new EndOfStreamException("The answer does not say how long it is, so nobody can know whether it is whole.");
        }

        return body.ToArray();
    }

    private async Task CopyAsync(MemoryStream body, long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (_start == _end)
            {
                await FillAsync(cancellationToken);
            }

            var part = (int)Math.Min(count, _end - _start);
            body.Write(_buffer, _start, part);
            _start += part;
            count -= part;
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        int end;
        while ((end = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start)) < 0)
        {
            await FillAsync(cancellationToken);
        }

        var line = Encoding.Latin1.GetString(_buffer, _start, end - _start).TrimEnd('\r');
        _start = end + 1;
        return line;
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        Array.Copy(_buffer, _start, _buffer, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            throw new EndOfStreamException($"A line of the answer is longer than {_buffer.Length} bytes.");
        }

        var count = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count > 0 ? count : throw new EndOfStreamException("The connection was closed.");
    }
}

/// <summary>A connection ended in the middle of a request.</summary>
/// <param name="reused">Whether it had brought an answer before.</param>
/// <param name="anyByte">Whether something of this answer had come.</param>
/// <param name="inner">How it ended.</param>
internal sealed class ConnectionLostException(bool reused, bool anyByte, Exception inner)
    : Exception($"{inner.Message} ({(reused ? "kept" : "new")} connection, {(anyByte ? "in the middle of" : "before")} the answer)", inner)
{
    /// <summary>
    /// Whether a browser sends the request again by itself, without asking and whatever the method: only if the connection was
    /// kept from an earlier request and nothing of the answer has come. It is Chromium's rule
    /// (<c>HttpNetworkTransaction::HandleIOError</c> and <c>ShouldResendRequest</c>: "we resend a request only if we reused a
    /// keep-alive connection"; for ERR_CONNECTION_RESET, _CLOSED, _ABORTED, ERR_SOCKET_NOT_CONNECTED and ERR_EMPTY_RESPONSE).
    /// Chromium would also do it for headers that were cut off by a reset, and for a 408; this client does not.
    /// </summary>
    public bool IsSentAgain => reused && !anyByte;
}
