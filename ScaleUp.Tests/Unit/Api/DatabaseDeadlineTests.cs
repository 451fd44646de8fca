using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScaleUp.Api.Data;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>The deadline must not leak a request's services: a DbContext that is not disposed never returns to its pool.</summary>
public sealed class DatabaseDeadlineTests : IAsyncDisposable
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Counter _counter = new();
    private WebApplication? _server;

    public async ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task A_requests_services_are_disposed_after_its_response()
    {
        using var http = await StartAsync(TimeSpan.FromMinutes(5), _ => Task.CompletedTask);

        for (var i = 0; i < 10; i++)
        {
            using var response = await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await Eventually.TrueAsync(
            () => _counter.Disposed == 10, () => Task.FromResult($"{_counter.Disposed} of 10 services were disposed."));
    }

    [Fact]
    public async Task Services_of_a_request_that_exceeds_its_deadline_are_disposed_when_it_ends_and_not_before()
    {
        using var http = await StartAsync(TimeSpan.FromMilliseconds(10), _ => _released.Task);

        using var response = await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 0), (response.StatusCode, _counter.Disposed));
        _released.SetResult();
        await Eventually.TrueAsync(() => _counter.Disposed == 1, () => Task.FromResult("The service was not disposed."));
    }

    [Fact]
    public async Task OnStarting_callbacks_run()
    {
        using var http = await StartAsync(TimeSpan.FromMinutes(5), context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["X-Late"] = "yes";
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });

        using var response = await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("yes", Assert.Single(response.Headers.GetValues("X-Late")));
    }

    private async Task<HttpClient> StartAsync(TimeSpan limit, Func<HttpContext, Task> endpoint)
    {
        var migrations = new MigrationState();
        migrations.SetApplied();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<DatabaseCircuitBreaker>();
        builder.Services.AddSingleton(migrations).AddSingleton(_counter);
        builder.Services.AddScoped<Tracked>();
        _server = builder.Build();
        _server.UseMiddleware<DatabaseDeadline>(limit);
        _server.Run(context =>
        {
            context.RequestServices.GetRequiredService<Tracked>();
            return endpoint(context);
        });
        await _server.StartAsync(TestContext.Current.CancellationToken);
        return new HttpClient { BaseAddress = new Uri(_server.Urls.Single()) };
    }

    private sealed class Counter
    {
        private int _disposed;

        public int Disposed => Volatile.Read(ref _disposed);

        public void Add() => Interlocked.Increment(ref _disposed);
    }

    private sealed class Tracked(Counter counter) : IDisposable
    {
        public void Dispose() => counter.Add();
    }
}
