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

/// <summary>A server that asks another tier by two addresses, as a web server does by two load balancers.</summary>
public sealed class FailoverTests : IAsyncLifetime
{
    private static readonly Uri s_service = new("http://api/something");

    // Those of ActiveHealthCheckMonitor.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(700);

    // Addresses are checked by this clock alone: no check comes, or fails, because the machine is slow.
    private readonly HeldClock _clock = new(s_interval, s_timeout);
    private readonly Address _first = new();
    private readonly Address _second = new();
    private IHost? _asker;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HttpClient Http => _asker!.Services.GetRequiredService<IHttpClientFactory>().CreateClient("api");

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
            // Nobody has to be told that it leaves.
            ["Drain:Delay"] = "00:00:00",
        });
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.AddServiceDefaults();
        _asker = builder.Build();
        await _asker.StartAsync(Cancellation);
        // What nobody has asked for yet is not checked either.
        await Http.GetStringAsync(s_service, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _first.Mend();
        _second.Mend();
        if (_asker is not null)
        {
            await _asker.StopAsync(CancellationToken.None);
            _asker.Dispose();
        }

        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Both_addresses_take_turns()
    {
        await AskAsync(9);

        Assert.Equal((5, 5), (_first.Asked, _second.Asked));
    }

    [Fact]
    public async Task Requests_that_an_address_which_hangs_has_caught_are_answered_by_the_other_after_one_check_and_later_ones_do_not_go_there()
    {
        _first.Hang();
        var (first, second) = (_first.Arrived, _second.Asked);
        var answers = AskAsync(10);
        await Eventually.TrueAsync(
            () => (_first.Arrived - first, _second.Asked - second) == (5, 5), () => Task.FromResult($"{_first.Arrived - first} were caught, {_second.Asked - second} answered."));

        await LoseFirstAsync();
        await answers;
        Assert.Equal((5, 10), (_first.Arrived - first, _second.Asked - second));

        await AskAsync(10);
        Assert.Equal((5, 20), (_first.Arrived - first, _second.Asked - second));
    }

    [Fact]
    public async Task An_address_that_answers_again_is_asked_again()
    {
        _first.Hang();
        await LoseFirstAsync();
        await AskAsync(2);
        var before = _first.Arrived;

        _first.Mend();
        await AskAsync(2);
        Assert.Equal(before, _first.Arrived);

        await Eventually.TrueAsync(
            async () =>
            {
                _clock.Advance(s_interval);
                await AskAsync(2);
                return _first.Arrived > before;
            },
            () => Task.FromResult($"It was not asked again after {_first.Checked} checks."));
        // One answer can be the last word of a server that is going.
        Assert.True(_first.Checked >= 2, $"{_first.Checked}");
    }

    [Fact]
    public async Task If_none_answers_the_requests_wait_for_whichever_comes_back()
    {
        _first.Hang();
        _second.Hang();
        var asked = Http.GetStringAsync(s_service, Cancellation);
        _clock.Advance(s_interval);
        await Eventually.TrueAsync(() => (_first.ChecksCaught, _second.ChecksCaught) == (1, 1), () => Task.FromResult("The checks never came."));
        _clock.Advance(s_timeout);
        // The next checks come when these have failed.
        await AdvanceUntilAsync(() => _first.ChecksCaught > 1 && _second.ChecksCaught > 1);
        Assert.False(asked.IsCompleted);

        _first.Mend();
        _second.Mend();

        Assert.Equal("an answer", await asked.WaitAsync(Eventually.Limit, Cancellation));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_asked_for_at_the_other_address()
    {
        _first.BreaksOff = true;

        var (first, second) = (_first.Asked, _second.Asked);
        await AskAsync(10);

        Assert.Equal(10, _second.Asked - second);
        Assert.InRange(_first.Asked - first, 1, 10);
    }

    [Fact]
    public async Task A_request_that_an_address_did_not_wait_for_is_sent_to_the_other()
    {
        _first.Status = StatusCodes.Status408RequestTimeout;

        await AskAsync(10);

        Assert.True(_first.Asked > 1, "The impatient one was never asked.");
    }

    [Theory]
    [InlineData("a-key", true)]
    [InlineData(null, false)]
    public async Task A_write_is_sent_again_only_with_a_key(string? key, bool isSentAgain)
    {
        _first.BreaksOff = _second.BreaksOff = true;
        var before = _first.Asked + _second.Asked;
        using var request = new HttpRequestMessage(HttpMethod.Post, s_service);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Http.SendAsync(request, Cancellation));

        Assert.Equal(isSentAgain ? 4 : 1, _first.Asked + _second.Asked - before);
    }

    [Fact]
    public async Task The_checks_ask_for_what_a_load_balancer_answers_itself()
    {
        Assert.Equal((0, 0), (_first.Checked, _second.Checked));

        _clock.Advance(s_interval);

        await Eventually.TrueAsync(() => (_first.Checked, _second.Checked) == (1, 1), () => Task.FromResult($"{_first.Checked} and {_second.Checked} checks came."));
    }

    /// <summary>Sends requests side by side.</summary>
    private Task AskAsync(int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(async _ => Assert.Equal("an answer", await Http.GetStringAsync(s_service, Cancellation))));

    /// <summary>Lets time pass until a check of the first address, which hangs, has failed, and the second one has passed its own.</summary>
    private async Task LoseFirstAsync()
    {
        var (caught, passed) = (_first.ChecksCaught, _second.Checked);
        _clock.Advance(s_interval);
        await Eventually.TrueAsync(() => _first.ChecksCaught > caught && _second.Checked > passed, () => Task.FromResult("The checks never came."));
        // An address is checked again only when the check before has ended. That must not fail too.
        await AdvanceUntilAsync(() => _second.Checked > passed + 1);
        _clock.Advance(s_timeout - s_interval);
    }

    /// <summary>Lets time pass in steps of a check, each of which has a second to come about, until it is so.</summary>
    private Task<TimeSpan> AdvanceUntilAsync(Func<bool> isSo)
    {
        var advanced = 0L;
        return Eventually.TrueAsync(
            () =>
            {
                if (!isSo() && (advanced == 0 || Stopwatch.GetElapsedTime(advanced) > TimeSpan.FromSeconds(1)))
                {
                    _clock.Advance(s_interval);
                    advanced = Stopwatch.GetTimestamp();
                }

                return isSo();
            },
            () => Task.FromResult($"{_first.ChecksCaught} and {_second.ChecksCaught} checks were caught, {_first.Checked} and {_second.Checked} passed."));
    }

    /// <summary>A server that can hang: it takes connections and says nothing.</summary>
    private sealed class Address : IAsyncDisposable
    {
        private readonly WebApplication _server;
        private TaskCompletionSource? _hanging;
        private int _arrived;
        private int _asked;
        private int _checked;
        private int _checksCaught;

        public Address()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0" });
            builder.Logging.ClearProviders();
            _server = builder.Build();
            _server.Use(async (context, next) =>
            {
                var isCheck = context.Request.Path == HAProxyConfiguration.InternalHealthPath;
                Interlocked.Add(ref _arrived, isCheck ? 0 : 1);
                if (Volatile.Read(ref _hanging) is { } hanging)
                {
                    Interlocked.Add(ref _checksCaught, isCheck ? 1 : 0);
                    await hanging.Task.WaitAsync(context.RequestAborted);
                }

                await next(context);
            });
            _server.MapGet(HAProxyConfiguration.InternalHealthPath, () => { Interlocked.Increment(ref _checked); });
            _server.MapFallback(async context =>
            {
                Interlocked.Increment(ref _asked);
                if (BreaksOff)
                {
                    context.Response.ContentLength = 100;
                    await context.Response.WriteAsync("half an answ");
                    await context.Response.Body.FlushAsync();
                    context.Abort();
                    return;
                }

                context.Response.StatusCode = Status;
                await context.Response.WriteAsync("an answer");
            });
        }

        public string Url => _server.Urls.Single();

        /// <summary>Requests that have come, answered or not, without checks.</summary>
        public int Arrived => Volatile.Read(ref _arrived);

        /// <summary>Requests that were answered, without checks.</summary>
        public int Asked => Volatile.Read(ref _asked);

        /// <summary>Checks that were answered.</summary>
        public int Checked => Volatile.Read(ref _checked);

        /// <summary>Checks that were not answered, since it hung.</summary>
        public int ChecksCaught => Volatile.Read(ref _checksCaught);

        public bool BreaksOff { get; set; }

        public int Status { get; set; } = StatusCodes.Status200OK;

        public Task StartAsync() => _server.StartAsync(Cancellation);

        public void Hang() => Volatile.Write(ref _hanging, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        public void Mend() => Interlocked.Exchange(ref _hanging, null)?.TrySetResult();

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
