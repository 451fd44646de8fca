using Aspire.Npgsql.EntityFrameworkCore.PostgreSQL;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;
using Npgsql.EntityFrameworkCore.PostgreSQL.Storage.Internal;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers a PostgreSQL context with retries, a health check, traces and metrics.</summary>
public static class AspireEFPostgreSqlExtensions
{
    private const string Section = "Aspire:Npgsql:EntityFrameworkCore:PostgreSQL";

    /// <summary>Registers <typeparamref name="TContext"/> in a pool, connected to the connection string of that name.</summary>
    /// <exception cref="InvalidOperationException">
    /// The context is registered already (in Development), or, when a context is first asked for, there is no connection string.
    /// </exception>
    public static void AddNpgsqlDbContext<TContext>(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<NpgsqlEntityFrameworkCorePostgreSQLSettings>? configureSettings = null,
        Action<DbContextOptionsBuilder>? configureDbContextOptions = null) where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        if (builder.Environment.IsDevelopment() && IsRegistered<TContext>(builder))
        {
            throw new InvalidOperationException(
                $"DbContext<{typeof(TContext).Name}> is already registered. Call EnrichNpgsqlDbContext instead of "
                + $"{nameof(AddNpgsqlDbContext)}, or leave out 'services.AddDbContext<{typeof(TContext).Name}>()'.");
        }

        var settings = ReadSettings<TContext>(builder, connectionName);
        settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
        configureSettings?.Invoke(settings);

        builder.Services.AddDbContextPool<TContext>(options =>
        {
            // A missing connection string stops the first use and not the start, when there is a logger to say so;
            // and `dotnet ef` builds a model without any database.
            if (string.IsNullOrWhiteSpace(settings.ConnectionString) && !EF.IsDesignTime)
            {
                throw new InvalidOperationException(
                    $"ConnectionString is missing. It should be provided in 'ConnectionStrings:{connectionName}' or under the "
                    + $"'ConnectionString' key in '{Section}' or '{Section}:{typeof(TContext).Name}' configuration section.");
            }

            options.UseNpgsql(settings.ConnectionString, npgsql => Apply(settings, npgsql));
            configureDbContextOptions?.Invoke(options);
        });

        Watch<TContext>(builder, settings);
    }

    /// <summary>Adds retries, a health check, traces and metrics to a context that the application registered itself.</summary>
    /// <exception cref="InvalidOperationException">The context is not registered, or the settings contradict its own.</exception>
    public static void EnrichNpgsqlDbContext<TContext>(
        this IHostApplicationBuilder builder,
        Action<NpgsqlEntityFrameworkCorePostgreSQLSettings>? configureSettings = null) where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(builder);

        var settings = ReadSettings<TContext>(builder, connectionName: null);
        configureSettings?.Invoke(settings);

        if (!settings.DisableRetry || settings.CommandTimeout is not null)
        {
            if (!IsRegistered<TContext>(builder))
            {
                throw new InvalidOperationException(
                    $"DbContext<{typeof(TContext).Name}> was not registered. Register it before calling {nameof(EnrichNpgsqlDbContext)}.");
            }

            builder.Services.ConfigureDbContext<TContext>(options => options.UseNpgsql(npgsql => ApplyToExisting<TContext>(settings, options, npgsql)));
        }

        Watch<TContext>(builder, settings);
    }

    private static bool IsRegistered<TContext>(IHostApplicationBuilder builder) where TContext : DbContext
        => builder.Services.Any(service => service.ServiceType == typeof(DbContextOptions<TContext>));

    // The general section first, so that the connection's own and then the context's own may override it.
    private static NpgsqlEntityFrameworkCorePostgreSQLSettings ReadSettings<TContext>(IHostApplicationBuilder builder, string? connectionName)
    {
        var settings = new NpgsqlEntityFrameworkCorePostgreSQLSettings();
        var section = builder.Configuration.GetSection(Section);
        section.Bind(settings);
        if (connectionName is not null)
        {
            section.GetSection(connectionName).Bind(settings);
        }

        section.GetSection(typeof(TContext).Name).Bind(settings);
        return settings;
    }

    private static void Apply(NpgsqlEntityFrameworkCorePostgreSQLSettings settings, NpgsqlDbContextOptionsBuilder npgsql)
    {
        if (!settings.DisableRetry)
        {
            npgsql.EnableRetryOnFailure();
        }

        if (settings.CommandTimeout is { } seconds)
        {
            npgsql.CommandTimeout(seconds);
        }
    }

    private static void ApplyToExisting<TContext>(
        NpgsqlEntityFrameworkCorePostgreSQLSettings settings, DbContextOptionsBuilder options, NpgsqlDbContextOptionsBuilder npgsql)
    {
        var existing = options.Options.Extensions.OfType<RelationalOptionsExtension>().FirstOrDefault();
        if (!settings.DisableRetry)
        {
#pragma warning disable EF1001 // What strategy the application chose can only be told by making one.
            var strategy = existing?.ExecutionStrategyFactory?.Invoke(new ExecutionStrategyDependencies(null!, options.Options, null!));
            var isDefault = strategy is null || strategy.GetType() == typeof(NpgsqlExecutionStrategy);
#pragma warning restore EF1001
            if (!isDefault && strategy is not NpgsqlRetryingExecutionStrategy)
            {
                throw new InvalidOperationException(
                    $"{nameof(NpgsqlEntityFrameworkCorePostgreSQLSettings)}.{nameof(settings.DisableRetry)} needs to be set when a custom "
                    + "Execution Strategy is configured.");
            }

            // A retrying strategy of the application's own stays as it is.
            if (isDefault)
            {
                npgsql.EnableRetryOnFailure();
            }
        }

        if (settings.CommandTimeout is { } seconds)
        {
            if (existing?.CommandTimeout is { } own && own != seconds)
            {
                throw new InvalidOperationException(
                    $"Conflicting values for 'CommandTimeout' were found in {nameof(NpgsqlEntityFrameworkCorePostgreSQLSettings)} and set in "
                    + $"DbContextOptions<{typeof(TContext).Name}>.");
            }

            npgsql.CommandTimeout(seconds);
        }
    }

    private static void Watch<TContext>(IHostApplicationBuilder builder, NpgsqlEntityFrameworkCorePostgreSQLSettings settings)
        where TContext : DbContext
    {
        // Two registrations of one context would give two checks of one name, which the health service rejects.
        if (!settings.DisableHealthChecks && builder.Properties.TryAdd($"Aspire.HealthChecks.{typeof(TContext).Name}", true))
        {
            builder.Services.AddHealthChecks().AddDbContextCheck<TContext>();
        }

        if (!settings.DisableTracing)
        {
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddNpgsql());
        }

        if (!settings.DisableMetrics)
        {
            builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("Npgsql"));
        }
    }
}
