using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ScaleUp.ServiceDefaults;

/// <summary>How long a server keeps serving after it receives SIGTERM. Configuration section <c>Drain</c>.</summary>
public sealed class DrainOptions
{
    /// <summary>
    /// Time between the first failing response of <c>/health</c> and the end of listening, 0 to 60 s. It must exceed the interval of the
    /// load balancers' health checks (200 ms), or they would send requests to a server that no longer listens. Default: 2 s.
    /// </summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>Whether this server is shutting down.</summary>
public sealed class DrainState
{
    private volatile bool _isDraining;

    /// <summary>True from the moment that the server receives SIGTERM (or Ctrl-C).</summary>
    public bool IsDraining => _isDraining;

    internal void Begin() => _isDraining = true;
}

internal sealed class DrainHealthCheck(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsDraining ? HealthCheckResult.Unhealthy("Draining") : HealthCheckResult.Healthy());
}

/// <summary>
/// Shuts a server down in three steps: readiness fails, in-flight requests finish, the process exits. The host calls
/// <see cref="StoppingAsync"/> before it stops anything, so that the server still accepts requests in the first step.
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

    [LoggerMessage(LogLevel.Information, "Draining: readiness fails for {Seconds} s, then in-flight requests finish and the server stops.")]
    private partial void LogDraining(double seconds);
}

internal static class GracefulDrainExtensions
{
    public static void AddGracefulDrain(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<DrainOptions>()
            .BindConfiguration("Drain")
            .Validate(
                options => options.Delay >= TimeSpan.Zero && options.Delay <= TimeSpan.FromSeconds(60),
                "Drain:Delay must be between 00:00:00 and 00:01:00.")
            .ValidateOnStart();
        builder.Services.AddSingleton<DrainState>();
        builder.Services.AddHostedService<GracefulDrain>();
    }
}
