using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Security;

namespace ScaleUp.Web.Operations;

internal static class OperationsExtensions
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    public static void AddOperations(this WebApplicationBuilder builder)
    {
#pragma warning disable EXTEXP0001 // Experimental API; removes the resilience handlers that all clients have by default.
        builder.Services.AddHttpClient(DatabaseReader.ClientName, http =>
        {
            http.BaseAddress = ApiExtensions.Address;
            http.Timeout = s_timeout;
            http.DefaultRequestHeaders.Add(SharedKeys.ServiceKeyHeader, builder.Configuration[SharedKeys.ServiceKeySetting]);
        }).RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        builder.Services.AddSingleton<LoadBalancerReader>().AddSingleton<DatabaseReader>().AddSingleton<ServerActions>()
            .AddSingleton<OperationsMonitor>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OperationsMonitor>());
        builder.Services.AddScoped<OperationsAccess>();
    }
}
