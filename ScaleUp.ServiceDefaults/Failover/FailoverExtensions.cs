using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Telemetry;
using Polly.Timeout;

namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>
/// Sends calls to another tier to one of its endpoints (the load balancers) and retries a failed attempt on the next one. There is no
/// circuit breaker on purpose: it would count the failures of one load balancer against both, and the load balancers already remove
/// failing servers by health checks. The load balancers themselves are checked by <see cref="ActiveHealthCheckMonitor"/>.
/// </summary>
internal static class FailoverExtensions
{
    // A page waits for the whole call: longer than two slow attempts, shorter than visitors are willing to wait.
    private static readonly TimeSpan s_totalTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_attemptTimeout = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Adds failover to all HTTP clients of the server.</summary>
    public static void AddFailover(this IServiceCollection services)
    {
        services.AddServiceDiscovery();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<UpstreamEndpoints>();
        services.AddHostedService<ActiveHealthCheckMonitor>();
        services.AddTransient<FailoverHandler>();
        services.ConfigureHttpClientDefaults(AddFailover);
        // Retries are expected here, so their events are one level lower than Polly's defaults: ActiveHealthCheckMonitor warns about an
        // unhealthy endpoint, and the caller about a request whose last attempt failed.
        services.Configure<TelemetryOptions>(telemetry => telemetry.SeverityProvider = arguments => arguments.Event.Severity switch
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
            ConnectTimeout = s_connectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        });

        http.AddResilienceHandler("failover", pipeline => pipeline
            .AddTimeout(s_totalTimeout)
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = 3,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
                // The next attempt goes to another endpoint, so Retry-After of this one does not apply.
                ShouldRetryAfterHeader = false,
                ShouldHandle = args => ValueTask.FromResult(
                    IsTransient(args.Outcome, args.AttemptNumber) && IsRepeatable(args.Context.GetRequestMessage())),
            })
            .AddTimeout(s_attemptTimeout));

        // Inside the retries, so that each attempt selects an endpoint.
        http.AddHttpMessageHandler<FailoverHandler>();
    }

    // 408 means that the request did not arrive completely. 503 is a deliberate response, so it is retried once, on another endpoint.
    private static bool IsTransient(Outcome<HttpResponseMessage> outcome, int attempt) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException ||
        outcome.Result?.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout ||
        (outcome.Result?.StatusCode is HttpStatusCode.ServiceUnavailable && attempt == 0);

    // A write may be sent twice only if its idempotency key lets the API recognise the repetition.
    private static bool IsRepeatable(HttpRequestMessage? request) =>
        request is not null &&
        (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Headers.Contains(HttpHeaderNames.IdempotencyKey));
}
