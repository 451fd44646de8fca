namespace ScaleUp.Web.Operations;

internal static class OperationsExtensions
{
    public static void AddOperations(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LoadBalancerReader>().AddSingleton<DatabaseReader>().AddSingleton<ServerActions>()
            .AddSingleton<OperationsMonitor>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OperationsMonitor>());
        builder.Services.AddScoped<OperationsAccess>();
    }
}
