using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>
/// One HTTP/1.1 connection of a browser, for sequential requests. .NET's own client is unsuitable, because its automatic retries differ
/// from those of browsers and are not observable.
/// </summary>
internal sealed class HttpConnection(Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>Whether the connection has already delivered a response; then it may be closed merely for being idle.</summary>
    public bool IsReused { get; private set; }

    /// <summary>Whether the last response keeps the connection alive.</summary>
    public bool IsKept { get; private set; } = true;

    /// <summary>Whether the idle connection has received nothing, not even a close; browsers check this before reuse.</summary>
    public bool IsIdle => IsKept && _start == _end && !socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Sends a request and reads the complete response.</summary>
    /// <exception cref="ConnectionLostException">The connection closed before the end of the response.</exception>
    /// <exception cref="OperationCanceledException">The visitor gave up; the connection cannot be reused.</exception>
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
            while (int.Parse((await ReadLineAsync(cancellationToken)).Split(';')[0], NumberStyles.HexNumber,
                CultureInfo.InvariantCulture) is > 0 and var size)
            {
                await CopyAsync(body, size, cancellationToken);
                await ReadLineAsync(cancellationToken);
            }

            while ((await ReadLineAsync(cancellationToken)).Length > 0)
            {
                // Trailers are irrelevant here.
            }
        }
        else if (page["Content-Length"] is { } length)
        {
            await CopyAsync(body, long.Parse(length, CultureInfo.InvariantCulture), cancellationToken);
        }
        else if (page.Status is not (204 or 304))
        {
            throw new EndOfStreamException("The response has no length, so it cannot be known to be complete.");
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
            throw new EndOfStreamException($"A line of the response is longer than {_buffer.Length} bytes.");
        }

        var count = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count > 0 ? count : throw new EndOfStreamException("The connection was closed.");
    }
}

/// <summary>A connection closed during a request.</summary>
/// <param name="reused">Whether the connection had delivered an earlier response.</param>
/// <param name="anyByte">Whether part of this response had arrived.</param>
/// <param name="inner">The cause.</param>
internal sealed class ConnectionLostException(bool reused, bool anyByte, Exception inner)
    : Exception($"{inner.Message} ({(reused ? "kept" : "new")} connection, {(anyByte ? "in the middle of" : "before")} the answer)", inner)
{
    /// <summary>
    /// Whether a browser automatically resends the request, with any method: only if the connection was reused and no part of the
    /// response has arrived. This is Chromium's rule
    /// (<c>HttpNetworkTransaction::HandleIOError</c> and <c>ShouldResendRequest</c>: "we resend a request only if we reused a
    /// keep-alive connection"; for ERR_CONNECTION_RESET, _CLOSED, _ABORTED, ERR_SOCKET_NOT_CONNECTED and ERR_EMPTY_RESPONSE).
    /// Chromium also resends after headers cut off by a reset and after a 408; this client does not.
    /// </summary>
    public bool IsSentAgain => reused && !anyByte;
}
