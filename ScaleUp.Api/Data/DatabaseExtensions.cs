using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
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
            options => options
                .UseSnakeCaseNamingConvention()
                // Runs inside the lock that MigrateAsync takes, so that of all replicas just one plants the seed.
                .UseAsyncSeeding((context, _, cancellationToken) => ArticleSeed.PlantAsync(context, cancellationToken)));

        builder.Services.AddSingleton<MigrationState>();
        builder.Services.AddHostedService<DatabaseMigrator>();
        builder.Services.AddHealthChecks().AddCheck<MigrationHealthCheck>("migrations", tags: [Health.ReadyTag]);
    }
}
