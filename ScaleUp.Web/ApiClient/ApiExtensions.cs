using ScaleUp.Web.Security;

namespace ScaleUp.Web.ApiClient;

internal static class ApiExtensions
{
    // Service discovery resolves this name to two endpoints: the internal frontend of each load balancer.
    public static readonly Uri Address = new("http://api");

    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<StaleResponseCache>();
        builder.Services.AddHttpClient<ApiHttpClient>(http =>
        {
            http.BaseAddress = Address;
            http.DefaultRequestHeaders.Add(SharedKeys.ServiceKeyHeader, builder.Configuration[SharedKeys.ServiceKeySetting]);
        });
        builder.AddServedBy();
    }
}
