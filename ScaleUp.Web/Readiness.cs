using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.Security;

namespace ScaleUp.Web;

/// <summary>
/// A web server becomes ready when it has the data-protection keys and has rendered some pages, or after ten seconds: then the
/// application servers are unavailable, and it can report that to visitors itself.
/// </summary>
internal sealed class Readiness(WarmUp warmUp, IDataProtectionProvider protection, SharedKeys keys) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private static readonly string[] s_addresses = ["/", "/articles/one-host-is-not-enough", "/tags", "/search?q=server", "/sign-in", "/register", "/writing", "/nothing"];

    private volatile bool _isReady;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The first pages are not rendered yet."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        SharedKeys.BeginBackgroundWork();
        var isWarm = await warmUp.RunAsync(SendAsync, stoppingToken);
        _isReady = true;
        if (!isWarm)
        {
            // A server without keys would refuse the forms of others in the next outage of the application servers.
            await WaitForKeysAsync(stoppingToken);
            await warmUp.RunAsync(SendAsync, stoppingToken);
        }
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

    // Reading them blocks its thread.
    private async Task<bool> HasKeysAsync(CancellationToken cancellationToken) =>
        await keys.TryLoadAsync(cancellationToken) && await Task.Run(() =>
        {
            try
            {
                return protection.CreateProtector(nameof(Readiness)).Protect([1]).Length > 0;
            }
            catch (Exception)
            {
                // ASP.NET Core has logged it.
                return false;
            }
        }, cancellationToken).WaitAsync(cancellationToken);
}

internal static class ReadinessExtensions
{
    public static void AddReadiness(this WebApplicationBuilder builder)
    {
        // ASP.NET Core reads the data-protection keys when the host starts, and logs an error while the application servers do not answer yet.
        // Readiness reads them as soon as they do.
        foreach (var reader in builder.Services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Name == "DataProtectionHostedService").ToArray())
        {
            builder.Services.Remove(reader);
        }

        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Readiness>());
        builder.Services.AddHealthChecks().AddCheck<Readiness>("pages", tags: [Health.ReadyTag]);
    }
}
