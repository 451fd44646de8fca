using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Telemetry;
using Polly.Timeout;

namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>
/// Calls to another tier go to one of several addresses (the load balancers); an attempt that failed goes to the next.
/// There is no circuit breaker on purpose: it would count the failures of one load balancer against both, and telling
/// good servers from bad ones is the load balancers' own work, done by health checks. That they themselves answer is checked here.
/// </summary>
internal static class FailoverExtensions
{
    // A whole page waits for this: longer than two slow attempts, shorter than a visitor's patience.
    private static readonly TimeSpan s_total = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_attempt = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(1);

    /// <summary>Adds this to all HTTP clients of the server.</summary>
    public static void AddFailover(this IServiceCollection services)
    {
        services.AddServiceDiscovery();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<UpstreamEndpoints>();
        services.AddHostedService<ActiveHealthCheckMonitor>();
        services.AddTransient<FailoverHandler>();
        services.ConfigureHttpClientDefaults(AddFailover);
        // A retry is this design at work, and no problem to look into: an attempt counts one level less than with Polly. ActiveHealthCheckMonitor warns
        // of an address that is lost, and the caller of a request whose last attempt failed.
        services.Configure<TelemetryOptions>(telemetry => telemetry.SeverityProvider = attempt => attempt.Event.Severity switch
        {
            ResilienceEventSeverity.Error => ResilienceEventSeverity.Warning,
            ResilienceEventSeverity.Warning => ResilienceEventSeverity.Information,
            var severity => severity,
        });
    }

    private static void AddFailover(IHttpClientBuilder http)
    {
        http.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            ConnectTimeout = s_connect,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        });

        http.AddResilienceHandler("failover", pipeline => pipeline
            .AddTimeout(s_total)
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = 3,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
                // The next attempt has another address, so "come back in 5 s" from this one is no reason to wait.
                ShouldRetryAfterHeader = false,
                ShouldHandle = args => ValueTask.FromResult(IsServerLost(args.Outcome, args.AttemptNumber) && MayRepeat(args.Context.GetRequestMessage())),
            })
            .AddTimeout(s_attempt));

        // Inside of the retries, so that each attempt chooses anew.
        http.AddHttpMessageHandler<FailoverHandler>();
    }

    // 408 says that the request has not come as a whole. 503 is a load balancer's (or server's) own word, and no better for being asked for
    // again and again: another one is asked once.
    private static bool IsServerLost(Outcome<HttpResponseMessage> outcome, int attempt) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException ||
        outcome.Result?.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout ||
        (outcome.Result?.StatusCode is HttpStatusCode.ServiceUnavailable && attempt == 0);

    // A write may be sent twice only if its key lets the API see that it is the same one.
    private static bool MayRepeat(HttpRequestMessage? request) =>
        request is not null &&
        (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Headers.Contains(HttpHeaderNames.IdempotencyKey));
}
