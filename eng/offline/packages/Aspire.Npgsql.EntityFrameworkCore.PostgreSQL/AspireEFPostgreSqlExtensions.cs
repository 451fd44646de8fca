namespace Aspire.Npgsql.EntityFrameworkCore.PostgreSQL
{
    public sealed class NpgsqlEntityFrameworkCorePostgreSQLSettings
    {
        /// <summary>True to leave out the health check named after the context.</summary>
        public bool DisableHealthChecks { get; set; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class AspireEFPostgreSqlExtensions
    {
        /// <summary>Registers <typeparamref name="TContext"/> in a pool, with retries, a health check, traces and metrics.</summary>
        /// <exception cref="InvalidOperationException">When a context is first asked for: there is no connection string of that name.</exception>
        public static void AddNpgsqlDbContext<TContext>(
            this IHostApplicationBuilder builder, string connectionName,
            Action<NpgsqlEntityFrameworkCorePostgreSQLSettings>? configureSettings = null,
            Action<DbContextOptionsBuilder>? configureDbContextOptions = null) where TContext : DbContext
        {
            const string Section = "Aspire:Npgsql:EntityFrameworkCore:PostgreSQL";
            if (builder.Configuration.GetSection(Section).Exists())
            {
                throw new NotSupportedException($"The configuration section {Section} is not covered by eng/offline; set it in configureSettings.");
            }

            var settings = new NpgsqlEntityFrameworkCorePostgreSQLSettings();
            configureSettings?.Invoke(settings);
            var connectionString = builder.Configuration.GetConnectionString(connectionName);

            builder.Services.AddDbContextPool<TContext>(options =>
            {
                // A missing connection string stops the first use and not the start, when there is a logger to say so;
                // and `dotnet ef` builds a model without any database.
                if (string.IsNullOrWhiteSpace(connectionString) && !EF.IsDesignTime)
                {
                    throw new InvalidOperationException($"ConnectionString is missing. It should be provided in 'ConnectionStrings:{connectionName}'.");
                }

                options.UseNpgsql(connectionString, npgsql => npgsql.EnableRetryOnFailure());
                configureDbContextOptions?.Invoke(options);
            });

            if (!settings.DisableHealthChecks)
            {
                builder.Services.AddHealthChecks().AddDbContextCheck<TContext>();
            }

            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddNpgsql()).WithMetrics(metrics => metrics.AddMeter("Npgsql"));
        }
    }
}
