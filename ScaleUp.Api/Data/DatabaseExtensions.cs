using Microsoft.EntityFrameworkCore;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Data;

internal static class DatabaseExtensions
{
    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        builder.AddNpgsqlDbContext<ScaleUpDbContext>(
            "scaleup",
            // Not a reason for this server to leave (see Health); a request that needs the database says 503 itself.
            settings => settings.DisableHealthChecks = true,
            options => options.UseSnakeCaseNamingConvention());

        builder.Services.AddSingleton<MigrationState>();
        builder.Services.AddHostedService<DatabaseMigrator>();
        builder.Services.AddHealthChecks().AddCheck<MigrationHealthCheck>("migrations", tags: [Health.ReadyTag]);
    }
}
