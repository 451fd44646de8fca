using ScaleUp.ServiceDefaults;
using ScaleUp.Web.Security;

namespace ScaleUp.Web.ApiClient;

internal static class ApiExtensions
{
    /// <summary>The HTTP client for background work, which sends each request once.</summary>
    public const string BackgroundClientName = "api-background";

    private static readonly TimeSpan s_backgroundTimeout = TimeSpan.FromSeconds(2);

    // Service discovery resolves this name to two endpoints: the internal frontend of each load balancer.
    private static readonly Uri s_address = new("http://api");

    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<StaleResponseCache>();
        builder.Services.AddHttpClient<ApiHttpClient>(http => ConfigureApi(http, builder.Configuration));
#pragma warning disable EXTEXP0001 // RemoveAllResilienceHandlers is experimental.
        builder.Services.AddHttpClient(BackgroundClientName, http => ConfigureApi(http, builder.Configuration))
            .ConfigureHttpClient(http => http.Timeout = s_backgroundTimeout)
            .RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        builder.AddServedBy();
    }

    /// <summary>Sets the address of the application servers, and the key by which they recognize web servers.</summary>
    public static void ConfigureApi(HttpClient http, IConfiguration configuration)
    {
        http.BaseAddress = s_address;
        http.DefaultRequestHeaders.Add(HttpHeaderNames.ServiceKey, configuration[SharedKeys.ServiceKeySetting]);
    }
}
