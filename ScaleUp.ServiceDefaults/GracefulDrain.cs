using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ScaleUp.ServiceDefaults;

/// <summary>How long a server that was told to stop goes on serving. Configuration section <c>Drain</c>.</summary>
public sealed class DrainOptions
{
    /// <summary>
    /// Time between "I leave" on <c>/health</c> and the end of listening, 0 to 60 s. It must exceed the interval of the
    /// load balancers' health checks (0.5 s), or they would send requests to a closed door. Default: 2 s.
    /// </summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>Whether this server is on its way out.</summary>
public sealed class DrainState
{
    private volatile bool _isDraining;

    /// <summary>True from the moment that SIGTERM (or Ctrl-C) arrived.</summary>
    public bool IsDraining => _isDraining;

    internal void Begin() => _isDraining = true;
}

internal sealed class DrainHealthCheck(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsDraining ? HealthCheckResult.Unhealthy("Draining") : HealthCheckResult.Healthy());
}

/// <summary>
/// A server leaves in three steps: its health says so, requests in flight end, the process stops. The host calls
/// <see cref="StoppingAsync"/> before it stops anything, so the first step has the server still answering everything.
/// </summary>
internal sealed partial class GracefulDrain(DrainState state, IOptions<DrainOptions> options, ILogger<GracefulDrain> logger)
    : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Begin();
        LogDraining(options.Value.Delay.TotalSeconds);
        await Task.Delay(options.Value.Delay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "Draining: health says so for {Seconds} s, then requests in flight end and the server stops.")]
    private partial void LogDraining(double seconds);
}

internal static class GracefulDrainExtensions
{
    public static void AddGracefulDrain(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<DrainOptions>()
            .BindConfiguration("Drain")
            .Validate(o => o.Delay >= TimeSpan.Zero && o.Delay <= TimeSpan.FromSeconds(60), "Drain:Delay must be between 00:00:00 and 00:01:00.")
            .ValidateOnStart();
        builder.Services.AddSingleton<DrainState>();
        builder.Services.AddHostedService<GracefulDrain>();
    }
}
