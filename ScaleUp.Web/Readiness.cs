using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Web;

/// <summary>
/// When a web server takes visitors: once it has the keys of forms and has made some pages, or after ten seconds without. Then
/// the application servers are away, which it can tell visitors itself.
/// </summary>
internal sealed class Readiness(WarmUp warmUp, IDataProtectionProvider protection) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private static readonly string[] s_addresses = ["/", "/articles/one-host-is-not-enough", "/tags", "/search?q=server", "/sign-in", "/register", "/writing", "/nothing"];

    private volatile bool _isReady;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The first pages are not made yet."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await warmUp.RunAsync(SendAsync, stoppingToken);
        _isReady = true;
        // A server that became ready without them must have them before the application servers are away once more: a form of
        // another server, with what was typed, would be refused here.
        await WaitForKeysAsync(stoppingToken);
    }

    private async Task SendAsync(HttpClient http, CancellationToken cancellationToken)
    {
        await WaitForKeysAsync(cancellationToken);
        foreach (var address in s_addresses)
        {
            using var response = await http.GetAsync(new Uri(address, UriKind.Relative), cancellationToken);
        }
    }

    private async Task WaitForKeysAsync(CancellationToken cancellationToken)
    {
        while (!await HasKeysAsync(cancellationToken))
        {
            await Task.Delay(s_pause, cancellationToken);
        }
    }

    // On another thread: reading them blocks.
    private Task<bool> HasKeysAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            return protection.CreateProtector(nameof(Readiness)).Protect([1]).Length > 0;
        }
        catch (Exception)
        {
            // Whatever it is, those who need them will say so.
            return false;
        }
    }, cancellationToken).WaitAsync(cancellationToken);
}

internal static class ReadinessExtensions
{
    public static void AddReadiness(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Readiness>());
        builder.Services.AddHealthChecks().AddCheck<Readiness>("pages", tags: [Health.ReadyTag]);
    }
}
