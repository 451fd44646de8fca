using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.Security;

namespace ScaleUp.Web;

/// <summary>
/// A web server becomes ready when it has the data-protection keys and has rendered some pages, or after ten seconds: then the API is
/// unavailable, and the web server can show that to visitors.
/// </summary>
internal sealed class Readiness(WarmUp warmUp, IDataProtectionProvider protection, SharedKeys keys)
    : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(500);
    private static readonly string[] s_paths =
    [
        "/", "/articles/one-host-is-not-enough", "/tags", "/search?q=server", "/sign-in", "/register", "/writing", "/nothing",
    ];

    private volatile bool _isReady;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Warm-up is not complete."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        SharedKeys.BeginBackgroundWork();
        var isWarm = await warmUp.RunAsync(SendAsync, stoppingToken);
        _isReady = true;
        if (!isWarm)
        {
            // Without the keys, this server would reject forms of other web servers in the next outage of the API.
            await WaitForKeysAsync(stoppingToken);
            await warmUp.RunAsync(SendAsync, stoppingToken);
        }
    }

    private async Task SendAsync(HttpClient http, CancellationToken cancellationToken)
    {
        await WaitForKeysAsync(cancellationToken);
        foreach (var path in s_paths)
        {
            using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        }
    }

    private async Task WaitForKeysAsync(CancellationToken cancellationToken)
    {
        while (!await HasKeysAsync(cancellationToken))
        {
            await Task.Delay(s_pollInterval, cancellationToken);
        }
    }

    // Creating a protector reads the keys synchronously, so it runs on a thread of its own.
    private async Task<bool> HasKeysAsync(CancellationToken cancellationToken) =>
        await keys.TryLoadAsync(cancellationToken) && await Task.Run(() =>
        {
            try
            {
                return protection.CreateProtector(nameof(Readiness)).Protect([1]).Length > 0;
            }
            catch (Exception)
            {
                // ASP.NET Core has logged the exception.
                return false;
            }
        }, cancellationToken).WaitAsync(cancellationToken);
}

internal static class ReadinessExtensions
{
    public static void AddReadiness(this WebApplicationBuilder builder)
    {
        // ASP.NET Core reads the data-protection keys when the host starts, and logs an error if the API is not ready yet. Readiness reads
        // them as soon as it is.
        var hostedServices = builder.Services.Where(service =>
            service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Name == "DataProtectionHostedService");
        foreach (var hostedService in hostedServices.ToArray())
        {
            builder.Services.Remove(hostedService);
        }

        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Readiness>());
        builder.Services.AddHealthChecks().AddCheck<Readiness>("pages", tags: [Health.ReadyTag]);
    }
}
