using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The health of a <see cref="RawOrigin"/>.</summary>
internal enum OriginState
{
    /// <summary>The server responds with 200.</summary>
    Ok,

    /// <summary>The server accepts connections and health checks, but sends no response.</summary>
    Hanging,

    /// <summary>The server does not listen, and its connections are closed.</summary>
    Refusing,

    /// <summary>The server responds to health checks with 404, which means that it drains.</summary>
    Draining,
}

/// <summary>A server in this process that records the bytes of each request, except health checks.</summary>
internal sealed class RawOrigin(string name) : IDisposable
{
    private readonly ConcurrentQueue<RawRequest> _requests = [];
    private readonly ConcurrentDictionary<Socket, StringBuilder> _connections = [];
    // Bound, but not listening: the system assigns the port to no other socket while the server refuses connections.
    private readonly Socket _reservation = Bind(0);
    private Socket? _listener;
    private OriginState _state = OriginState.Refusing;
    private int _answers;
    private int _healthChecks;
    private int _hangingChecks;

    public string Name { get; } = name;

    public int Port => ((IPEndPoint)_reservation.LocalEndPoint!).Port;

    /// <summary>
    /// Returns the bytes of the response to a request, or null to close the connection. A task that never completes makes the server hang.
    /// </summary>
    public Func<RawRequest, Task<byte[]?>> Behaviour { get; set; } = Answer;

    public IReadOnlyCollection<RawRequest> Requests => _requests;

    /// <summary>The received bytes of incomplete requests, per connection.</summary>
    public IReadOnlyList<string> Fragments =>
    [
        .. _connections.Values
            .Select(received => { lock (received) { return received.ToString(); } })
            .Where(text => text.Length > 0),
    ];

    /// <summary>The number of responses sent.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>The number of health checks since the state was last set.</summary>
    public int HealthChecks => Volatile.Read(ref _healthChecks);

    public OriginState State
    {
        get => _state;
        set
        {
            _state = value;
            Volatile.Write(ref _healthChecks, 0);
            if (value == OriginState.Refusing)
            {
                Close();
            }
            else if (_listener is null)
            {
                Listen();
            }
        }
    }

    /// <summary>Responds with 200 and the name of the server.</summary>
    public static Task<byte[]?> Answer(RawRequest request)
    {
        var body = request.Line.StartsWith("HEAD ", StringComparison.Ordinal) ? "" : request.Server;
        return Task.FromResult<byte[]?>(
            Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {request.Server.Length}\r\n\r\n{body}"));
    }

    public static Task<byte[]?> CloseWithoutAnswer(RawRequest request) => Task.FromResult<byte[]?>(null);

    public static Task<byte[]?> Hang(RawRequest request) => new TaskCompletionSource<byte[]?>().Task;

    /// <summary>Opens a WebSocket that echoes all bytes.</summary>
    public static Task<byte[]?> Upgrade(RawRequest request)
    {
        // RFC 6455, 1.3; HAProxy validates the key.
        var key = Encoding.ASCII.GetBytes(request.Header("Sec-WebSocket-Key")[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
#pragma warning disable CA5350
        var accept = Convert.ToBase64String(SHA1.HashData(key));
#pragma warning restore CA5350
        return Task.FromResult<byte[]?>(Encoding.Latin1.GetBytes(
            $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"));
    }

    /// <summary>Leaves the next health checks without a response.</summary>
    /// <param name="count">The number of health checks.</param>
    public void HangChecks(int count) => Volatile.Write(ref _hangingChecks, count);

    /// <summary>Removes the recorded requests.</summary>
    public void Clear() => _requests.Clear();

    public void Dispose()
    {
        Close();
        _reservation.Dispose();
    }

    private void Listen()
    {
        _listener = Bind(Port);
        _listener.Listen();
        _ = AcceptAsync(_listener);
    }

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    }

    private void Close()
    {
        _listener?.Dispose();
        _listener = null;
        foreach (var connection in _connections.Keys)
        {
            connection.Dispose();
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket connection;
            try
            {
                connection = await listener.AcceptAsync();
            }
            catch (Exception ex) when (ex is SocketException or ObjectDisposedException)
            {
                return;
            }

            connection.NoDelay = true;
            _ = ServeAsync(connection, _connections[connection] = new StringBuilder());
        }
    }

    private async Task ServeAsync(Socket connection, StringBuilder received)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (await connection.ReceiveAsync(buffer) is > 0 and var count)
            {
                lock (received)
                {
                    received.Append(Encoding.Latin1.GetString(buffer, 0, count));
                }

                while (Take() is { } request)
                {
                    if (await RespondAsync(request) is not { } response)
                    {
                        return;
                    }

                    await connection.SendAsync(response);
                    Interlocked.Increment(ref _answers);
                    if (response.AsSpan().StartsWith("HTTP/1.1 101"u8))
                    {
                        await EchoAsync(connection, buffer);
                    }
                }
            }
        }
        catch (Exception ex) when (ex is SocketException or ObjectDisposedException)
        {
            // The load balancer or the test closed the connection.
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            connection.Dispose();
        }

        RawRequest? Take()
        {
            lock (received)
            {
                return RawRequest.TakeFrom(received, Name);
            }
        }
    }

    private Task<byte[]?> RespondAsync(RawRequest request)
    {
        if (request.Path != "/health")
        {
            _requests.Enqueue(request);
            return Behaviour(request);
        }

        Interlocked.Increment(ref _healthChecks);
        return _state == OriginState.Hanging || Interlocked.Decrement(ref _hangingChecks) >= 0 ? Hang(request)
            : _state == OriginState.Draining ? Task.FromResult<byte[]?>([.. "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8])
            : Answer(request);
    }

    private static async Task EchoAsync(Socket connection, byte[] buffer)
    {
        while (await connection.ReceiveAsync(buffer) is > 0 and var count)
        {
            await connection.SendAsync(buffer.AsMemory(0, count));
        }
    }
}
