using System.Diagnostics;
using Aspire.Hosting.HAProxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScaleUp.ServiceDefaults;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>A server that asks another tier by two addresses, as a web server does by two load balancers.</summary>
[Collection(nameof(Undisturbed))]
public sealed class ServerFailoverTests : IAsyncLifetime
{
    private static readonly Uri s_service = new("http://api/something");
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
    public async Task Requests_that_an_address_which_hangs_has_caught_are_answered_by_the_other_within_a_second_and_a_half_and_later_ones_at_once()
    {
        _first.Hang();
        var caught = await AskAsync(10);
        var later = await AskAsync(10);

        Assert.All(caught, time => Assert.InRange(time.TotalSeconds, 0, 1.5));
        Assert.Contains(caught, time => time.TotalSeconds > 0.2);
        Assert.All(later, time => Assert.InRange(time.TotalSeconds, 0, 0.2));
    }

    [Fact]
    public async Task An_address_that_answers_again_is_asked_again()
    {
        _first.Hang();
        await AskAsync(10);
        _first.Mend();
        var before = _first.Asked;

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        while (_first.Asked == before)
        {
            await Http.GetStringAsync(s_service, patience.Token);
            await Task.Delay(20, patience.Token);
        }
    }

    [Fact]
    public async Task If_none_answers_the_requests_wait_for_whichever_comes_back()
    {
        _first.Hang();
        _second.Hang();
        var asked = Http.GetStringAsync(s_service, Cancellation);
        // Longer than it takes to find out.
        await Task.Delay(TimeSpan.FromSeconds(1.5), Cancellation);
        Assert.False(asked.IsCompleted);

        _first.Mend();
        _second.Mend();

        Assert.Equal("an answer", await asked.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_asked_for_at_the_other_address()
    {
        _first.BreaksOff = true;

        var times = await AskAsync(10);

        Assert.All(times, time => Assert.InRange(time.TotalSeconds, 0, 1));
        Assert.True(_first.Asked > 0, "The broken one was never asked.");
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
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);

        Assert.InRange(_first.Checked, 1, 5);
        Assert.InRange(_second.Checked, 1, 5);
    }

    /// <summary>Sends requests side by side, and tells how long each answer took.</summary>
    private Task<TimeSpan[]> AskAsync(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
    {
        var start = Stopwatch.GetTimestamp();
        Assert.Equal("an answer", await Http.GetStringAsync(s_service, Cancellation));
        return Stopwatch.GetElapsedTime(start);
    }));

    /// <summary>A server that can hang: it takes connections and says nothing.</summary>
    private sealed class Address : IAsyncDisposable
    {
        private readonly WebApplication _server;
        private TaskCompletionSource? _hanging;
        private int _asked;
        private int _checked;

        public Address()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0" });
            builder.Logging.ClearProviders();
            _server = builder.Build();
            _server.Use(async (context, next) =>
            {
                if (Volatile.Read(ref _hanging) is { } hanging)
                {
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

        public int Asked => Volatile.Read(ref _asked);

        public int Checked => Volatile.Read(ref _checked);

        public bool BreaksOff { get; set; }

        public int Status { get; set; } = StatusCodes.Status200OK;

        public Task StartAsync() => _server.StartAsync(Cancellation);

        public void Hang() => Volatile.Write(ref _hanging, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        public void Mend() => Interlocked.Exchange(ref _hanging, null)?.TrySetResult();

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
