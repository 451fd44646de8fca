using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>The client retries exactly what browsers retry, because a drill must not be more forgiving than they are.</summary>
public sealed class BrowserClientTests : IDisposable
{
    private readonly RawOrigin _server = new("server") { State = OriginState.Ok };
    private readonly BrowserClient _browser;

    public BrowserClientTests() => _browser = Open([new(IPAddress.Loopback, _server.Port)]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_request_on_a_reused_connection_that_closes_without_a_response_is_resent_on_a_new_one(string method)
    {
        await _browser.GetAsync("/first", Cancellation);
        var lost = 0;
        _server.Behaviour = request => Interlocked.Increment(ref lost) == 1 ? RawOrigin.CloseWithoutAnswer(request)
            : RawOrigin.Answer(request);

        var page = await SendAsync(method);

        Assert.Equal(200, page.Status);
        Assert.Equal(1, _browser.SentAgain);
        Assert.Equal(2, _server.Requests.Count(request => request.Line == $"{method} /second HTTP/1.1"));
        Assert.Single(_server.Requests.Skip(1).Select(request => request.Text).Distinct());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_request_on_a_new_connection_that_closes_without_a_response_fails(string method)
    {
        _server.Behaviour = RawOrigin.CloseWithoutAnswer;

        var lost = await Assert.ThrowsAsync<ConnectionLostException>(() => SendAsync(method));

        Assert.Contains("new connection, before the answer", lost.Message);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task An_incomplete_response_fails_on_a_reused_connection_too()
    {
        await _browser.GetAsync("/first", Cancellation);
        _server.Behaviour = _ =>
            Task.FromResult<byte[]?>(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"));
        var reading = SendAsync("GET");
        await Eventually.TrueAsync(() => _server.Answers == 2,
            () => Task.FromResult("The server has not sent the beginning of the response."));

        _server.State = OriginState.Refusing;

        var lost = await Assert.ThrowsAsync<ConnectionLostException>(() => reading);
        Assert.False(lost.IsSentAgain, lost.Message);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Theory]
    [InlineData("500 Internal Server Error")]
    [InlineData("503 Service Unavailable")]
    public async Task No_status_causes_a_request_to_be_resent(string status)
    {
        await _browser.GetAsync("/first", Cancellation);
        _server.Behaviour = _ =>
            Task.FromResult<byte[]?>(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"));

        var page = await SendAsync("POST");

        Assert.Equal(status[..3], $"{page.Status}");
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task After_all_reused_connections_have_failed_a_failing_new_connection_is_an_error()
    {
        // Opens two connections, both kept alive.
        var both = new TaskCompletionSource();
        _server.Behaviour = async request =>
        {
            await both.Task;
            return await RawOrigin.Answer(request);
        };
        var pages = new[] { _browser.GetAsync("/a", Cancellation), _browser.GetAsync("/b", Cancellation) };
        await Eventually.TrueAsync(() => _server.Requests.Count == 2, () => Task.FromResult("The server has not received two requests."));
        both.SetResult();
        await Task.WhenAll(pages);
        _server.Behaviour = RawOrigin.CloseWithoutAnswer;

        await Assert.ThrowsAsync<ConnectionLostException>(() => SendAsync("GET"));

        Assert.Equal(2, _browser.SentAgain);
        Assert.Equal(3, _server.Requests.Count(request => request.Path == "/second"));
    }

    [Fact]
    public async Task A_kept_alive_connection_that_has_closed_is_not_reused()
    {
        await _browser.GetAsync("/first", Cancellation);
        _server.State = OriginState.Refusing;
        _server.State = OriginState.Ok;
        // The close arrives before the next request, as with people, who are slow.
        await Eventually.TrueAsync(() => !_browser.HasIdleConnection, () => Task.FromResult("The connection has not closed."));

        Assert.Equal(200, (await SendAsync("GET")).Status);
        Assert.Equal(0, _browser.SentAgain);
    }

    [Fact]
    public async Task A_refused_connection_leads_to_the_next_address()
    {
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var browser = Open([(IPEndPoint)nobody.LocalEndPoint!, new(IPAddress.Loopback, _server.Port)]);

        Assert.Equal(200, (await browser.GetAsync("/", Cancellation)).Status);
    }

    [Fact]
    public async Task An_unresponsive_address_leads_to_the_next_one_after_300_ms()
    {
        // The listener's backlog is full and nothing accepts connections, so Linux leaves further ones waiting.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(0);
        using var inQueue = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await inQueue.ConnectAsync(silent.LocalEndPoint!, Cancellation);
        var clock = new FakeTimeProvider();
        using var browser = Open([(IPEndPoint)silent.LocalEndPoint!, new(IPAddress.Loopback, _server.Port)], clock);

        var page = browser.GetAsync("/", Cancellation);
        clock.Advance(TimeSpan.FromMilliseconds(299));
        Assert.Empty(_server.Requests);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(200, (await page.WaitAsync(Eventually.Limit, Cancellation)).Status);
    }

    [Fact]
    public async Task A_visit_fails_if_no_address_accepts_connections()
    {
        _server.State = OriginState.Refusing;

        await Assert.ThrowsAsync<SocketException>(() => SendAsync("GET"));
    }

    [Fact]
    public async Task A_visitor_has_at_most_six_connections()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (now, max) = (0, 0);
        _server.Behaviour = async request =>
        {
            lock (gate)
            {
                max = Math.Max(max, ++now);
            }

            await gate.Task;
            lock (gate)
            {
                now--;
            }

            return await RawOrigin.Answer(request);
        };

        var pages = Enumerable.Range(0, 8).Select(i => _browser.GetAsync($"/{i}", Cancellation)).ToArray();
        await Eventually.TrueAsync(() => Volatile.Read(ref max) == 6, () => Task.FromResult($"{_server.Requests.Count} requests arrived."));
        gate.SetResult();

        Assert.All(await Task.WhenAll(pages), page => Assert.Equal(200, page.Status));
        Assert.Equal((6, 8), (max, _server.Requests.Count));
    }

    [Fact]
    public async Task Cookies_are_stored_and_sent()
    {
        _server.Behaviour = _ => Task.FromResult<byte[]?>(Encoding.ASCII.GetBytes(
            "HTTP/1.1 302 Found\r\nSet-Cookie: scaleup-session=abc; path=/; samesite=lax; httponly\r\n" +
            "Set-Cookie: token=def; path=/\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"));
        await SendAsync("POST");

        await _browser.GetAsync("/", Cancellation);

        Assert.Equal(["scaleup-session=abc; token=def"], _server.Requests.Last().Header("Cookie"));
    }

    [Fact]
    public async Task A_chunked_response_is_read_completely()
    {
        _server.Behaviour = _ => Task.FromResult<byte[]?>(
            Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n"));

        Assert.Equal("hello, world", (await SendAsync("GET")).Text);
        Assert.Equal("hello, world", (await SendAsync("GET")).Text);
    }

    [Fact]
    public async Task Compressed_responses_are_requested_and_decompressed_like_in_browsers()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync("hello"u8.ToArray(), Cancellation);
        }

        _server.Behaviour = _ => Task.FromResult<byte[]?>(
            [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n"),
                .. packed.ToArray()]);

        Assert.Equal("hello", (await SendAsync("GET")).Text);
        Assert.Equal(["gzip, br"], _server.Requests.Last().Header("Accept-Encoding"));
    }

    [Fact]
    public async Task The_connection_of_a_canceled_request_is_not_reused()
    {
        _server.Behaviour = RawOrigin.Hang;
        using var patience = new CancellationTokenSource();
        var page = _browser.GetAsync("/", patience.Token);
        await Eventually.TrueAsync(() => _server.Requests.Count == 1, () => Task.FromResult("The server has not received the request."));
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => page);
        _server.Behaviour = RawOrigin.Answer;

        Assert.Equal("server", (await SendAsync("GET")).Text);
    }

    public void Dispose()
    {
        _browser.Dispose();
        _server.Dispose();
    }

    private Task<HttpPage> SendAsync(string method) => method == "GET"
        ? _browser.GetAsync("/second", Cancellation)
        : _browser.PostAsync("/second", [new("Idempotency-Key", "k"), new("Markdown", "a & b")], Cancellation);

    private static BrowserClient Open(IReadOnlyList<IPEndPoint> addresses, TimeProvider? clock = null) =>
        new(new Uri($"http://localhost:{addresses[^1].Port}"), addresses, clock);
}
