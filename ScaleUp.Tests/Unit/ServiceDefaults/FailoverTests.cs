using System.Diagnostics;
using Aspire.Hosting.HAProxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScaleUp.ServiceDefaults;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>A client of two upstream endpoints, as a web server is of two load balancers, fails over from one to the other.</summary>
public sealed class FailoverTests : IAsyncLifetime
{
    private static readonly Uri s_service = new("http://api/something");

    // The values of ActiveHealthCheckMonitor.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(700);

    // Health checks run on this clock alone, so that a slow machine causes no check and no timeout.
    private readonly ManualClock _clock = new(s_interval, s_timeout);
    private readonly Upstream _first = new();
    private readonly Upstream _second = new();
    private IHost? _client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HttpClient Http => _client!.Services.GetRequiredService<IHttpClientFactory>().CreateClient("api");

    public async ValueTask InitializeAsync()
    {
        await _first.StartAsync();
        await _second.StartAsync();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Services:api:http:0"] = _first.Url,
            ["Services:api:http:1"] = _second.Url,
            // No load balancer has to notice that this host drains.
            ["Drain:Delay"] = "00:00:00",
        });
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.AddServiceDefaults();
        _client = builder.Build();
        await _client.StartAsync(Cancellation);
        // Health checks start with the first request to the service.
        await Http.GetStringAsync(s_service, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _first.Recover();
        _second.Recover();
        if (_client is not null)
        {
            await _client.StopAsync(CancellationToken.None);
            _client.Dispose();
        }

        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Requests_alternate_between_the_endpoints()
    {
        await SendAsync(9);

        Assert.Equal((5, 5), (_first.Completed, _second.Completed));
    }

    [Fact]
    public async Task One_failed_health_check_moves_the_requests_of_a_hung_endpoint_and_all_later_ones_to_the_other_endpoint()
    {
        _first.Hang();
        var (first, second) = (_first.Received, _second.Completed);
        var responses = SendAsync(10);
        await Eventually.TrueAsync(
            () => (_first.Received - first, _second.Completed - second) == (5, 5),
            () => Task.FromResult($"{_first.Received - first} requests hung and {_second.Completed - second} completed."));

        await FailFirstAsync();
        await responses;
        Assert.Equal((5, 10), (_first.Received - first, _second.Completed - second));

        await SendAsync(10);
        Assert.Equal((5, 20), (_first.Received - first, _second.Completed - second));
    }

    [Fact]
    public async Task A_recovered_endpoint_receives_requests_again()
    {
        _first.Hang();
        await FailFirstAsync();
        await SendAsync(2);
        var before = _first.Received;

        _first.Recover();
        await SendAsync(2);
        Assert.Equal(before, _first.Received);

        await Eventually.TrueAsync(
            async () =>
            {
                _clock.Advance(s_interval);
                await SendAsync(2);
                return _first.Received > before;
            },
            () => Task.FromResult($"The endpoint received no request after {_first.ChecksCompleted} successful health checks."));
        // A single success can come from a server that is shutting down.
        Assert.True(_first.ChecksCompleted >= 2, $"The endpoint recovered after {_first.ChecksCompleted} successful health checks.");
    }

    [Fact]
    public async Task If_all_endpoints_hang_requests_wait_until_one_recovers()
    {
        _first.Hang();
        _second.Hang();
        var response = Http.GetStringAsync(s_service, Cancellation);
        _clock.Advance(s_interval);
        await Eventually.TrueAsync(
            () => (_first.ChecksHung, _second.ChecksHung) == (1, 1),
            () => Task.FromResult($"{_first.ChecksHung} and {_second.ChecksHung} health checks arrived; expected 1 each."));
        _clock.Advance(s_timeout);
        // The next checks start when these have failed.
        await AdvanceUntilAsync(() => _first.ChecksHung > 1 && _second.ChecksHung > 1);
        Assert.False(response.IsCompleted);

        _first.Recover();
        _second.Recover();

        Assert.Equal("a response", await response.WaitAsync(Eventually.Limit, Cancellation));
    }

    [Fact]
    public async Task A_request_with_a_truncated_response_is_retried_on_the_other_endpoint()
    {
        _first.TruncatesResponses = true;

        var (first, second) = (_first.Completed, _second.Completed);
        await SendAsync(10);

        Assert.Equal(10, _second.Completed - second);
        Assert.InRange(_first.Completed - first, 1, 10);
    }

    [Fact]
    public async Task A_request_that_gets_408_is_retried_on_the_other_endpoint()
    {
        _first.Status = StatusCodes.Status408RequestTimeout;

        await SendAsync(10);

        Assert.True(_first.Completed > 1, "The endpoint that responds with 408 received no request.");
    }

    [Theory]
    [InlineData("a-key", true)]
    [InlineData(null, false)]
    public async Task A_write_is_retried_only_with_an_idempotency_key(string? key, bool isRetried)
    {
        _first.TruncatesResponses = _second.TruncatesResponses = true;
        var before = _first.Completed + _second.Completed;
        using var request = new HttpRequestMessage(HttpMethod.Post, s_service);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Http.SendAsync(request, Cancellation));

        Assert.Equal(isRetried ? 4 : 1, _first.Completed + _second.Completed - before);
    }

    [Fact]
    public async Task Health_checks_request_the_path_that_load_balancers_answer_themselves()
    {
        Assert.Equal((0, 0), (_first.ChecksCompleted, _second.ChecksCompleted));

        _clock.Advance(s_interval);

        await Eventually.TrueAsync(
            () => (_first.ChecksCompleted, _second.ChecksCompleted) == (1, 1),
            () => Task.FromResult($"{_first.ChecksCompleted} and {_second.ChecksCompleted} health checks completed; expected 1 each."));
    }

    /// <summary>Sends requests concurrently.</summary>
    private Task SendAsync(int count) => Task.WhenAll(Enumerable.Range(0, count)
        .Select(async _ => Assert.Equal("a response", await Http.GetStringAsync(s_service, Cancellation))));

    /// <summary>Advances the clock until a health check of the hung first endpoint fails and one of the second endpoint succeeds.</summary>
    private async Task FailFirstAsync()
    {
        var (hung, completed) = (_first.ChecksHung, _second.ChecksCompleted);
        _clock.Advance(s_interval);
        await Eventually.TrueAsync(
            () => _first.ChecksHung > hung && _second.ChecksCompleted > completed,
            () => Task.FromResult($"{_first.ChecksHung - hung} health checks hung, {_second.ChecksCompleted - completed} completed."));
        // The second endpoint's check must complete before its timeout, and the next one starts only after it.
        await AdvanceUntilAsync(() => _second.ChecksCompleted > completed + 1);
        _clock.Advance(s_timeout - s_interval);
    }

    /// <summary>Advances the clock by one check interval per second of real time until the condition is true.</summary>
    private Task<TimeSpan> AdvanceUntilAsync(Func<bool> condition)
    {
        var advanced = 0L;
        return Eventually.TrueAsync(
            () =>
            {
                if (!condition() && (advanced == 0 || Stopwatch.GetElapsedTime(advanced) > TimeSpan.FromSeconds(1)))
                {
                    _clock.Advance(s_interval);
                    advanced = Stopwatch.GetTimestamp();
                }

                return condition();
            },
            () => Task.FromResult(
                $"First endpoint: {_first.ChecksHung} health checks hung, {_first.ChecksCompleted} completed. "
                + $"Second endpoint: {_second.ChecksHung} hung, {_second.ChecksCompleted} completed."));
    }

    /// <summary>A server that can hang: it accepts connections and sends no response.</summary>
    private sealed class Upstream : IAsyncDisposable
    {
        private readonly WebApplication _server;
        private TaskCompletionSource? _hang;
        private int _received;
        private int _completed;
        private int _checksCompleted;
        private int _checksHung;

        public Upstream()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0" });
            builder.Logging.ClearProviders();
            _server = builder.Build();
            _server.Use(async (context, next) =>
            {
                var isCheck = context.Request.Path == HAProxyConfiguration.InternalHealthPath;
                Interlocked.Add(ref _received, isCheck ? 0 : 1);
                if (Volatile.Read(ref _hang) is { } hang)
                {
                    Interlocked.Add(ref _checksHung, isCheck ? 1 : 0);
                    await hang.Task.WaitAsync(context.RequestAborted);
                }

                await next(context);
            });
            _server.MapGet(HAProxyConfiguration.InternalHealthPath, () => { Interlocked.Increment(ref _checksCompleted); });
            _server.MapFallback(async context =>
            {
                Interlocked.Increment(ref _completed);
                if (TruncatesResponses)
                {
                    context.Response.ContentLength = 100;
                    await context.Response.WriteAsync("half a resp");
                    await context.Response.Body.FlushAsync();
                    context.Abort();
                    return;
                }

                context.Response.StatusCode = Status;
                await context.Response.WriteAsync("a response");
            });
        }

        public string Url => _server.Urls.Single();

        /// <summary>The number of requests received, whether completed or not, without health checks.</summary>
        public int Received => Volatile.Read(ref _received);

        /// <summary>The number of requests that got a response, complete or truncated, without health checks.</summary>
        public int Completed => Volatile.Read(ref _completed);

        /// <summary>The number of health checks that got a response.</summary>
        public int ChecksCompleted => Volatile.Read(ref _checksCompleted);

        /// <summary>The number of health checks that arrived while the server hung.</summary>
        public int ChecksHung => Volatile.Read(ref _checksHung);

        public bool TruncatesResponses { get; set; }

        public int Status { get; set; } = StatusCodes.Status200OK;

        public Task StartAsync() => _server.StartAsync(Cancellation);

        public void Hang() => Volatile.Write(ref _hang, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        public void Recover() => Interlocked.Exchange(ref _hang, null)?.TrySetResult();

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
