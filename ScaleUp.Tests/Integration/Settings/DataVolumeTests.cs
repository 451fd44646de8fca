using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;
using ScaleUp.AppHost;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Settings;

/// <summary>Only one PostgreSQL server can use a volume, and a failed startup reports its cause.</summary>
[Integration]
public sealed class DataVolumeTests : IAsyncLifetime
{
    private readonly string _volume = $"volume-test-{Guid.NewGuid():n}";
    private readonly List<DistributedApplication> _applications = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var application in _applications)
        {
            await application.DisposeAsync();
        }

        await ContainerClient.TryAsync(["volume", "rm", "--force", _volume]);
    }

    [Fact]
    public async Task A_second_instance_on_the_same_volume_fails_startup_and_loses_no_data()
    {
        var first = await StartAsync("one");
        await first.ResourceNotifications.WaitForResourceHealthyAsync("postgres", Cancellation);
        await ExecuteAsync(first, "CREATE TABLE numbers (number int); INSERT INTO numbers VALUES (1)");

        var second = await StartAsync("one");
        var report = await WaitForReportAsync(second);
        await ExecuteAsync(first, "INSERT INTO numbers VALUES (2)");

        Assert.Contains(
            $"Volume '{_volume}' is in use by another PostgreSQL server. Stop that server, or choose another volume (Postgres:Volume).",
            report);
        Assert.Equal(3L, await ExecuteAsync(first, "SELECT sum(number) FROM numbers"));
    }

    [Fact]
    public async Task A_wrong_password_for_an_existing_volume_is_reported_with_a_remedy()
    {
        var first = await StartAsync("one");
        await first.ResourceNotifications.WaitForResourceHealthyAsync("postgres", Cancellation);
        await first.StopAsync(Cancellation);

        var second = await StartAsync("other");

        Assert.Equal(
            $"postgres did not start: PostgreSQL rejects the password, because volume '{_volume}' was created with another one. "
            + "Set the user secret Parameters:postgres-password to the former password, or Postgres:Volume to another name.",
            await WaitForReportAsync(second));
    }

    private async Task<DistributedApplication> StartAsync(string password)
    {
        IntegrationAttribute.Require("a container engine");
        // Aspire locates its orchestrator through the assembly metadata of the AppHost.
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            AssemblyName = typeof(StartupDiagnostics).Assembly.GetName().Name,
            DisableDashboard = true,
            AllowUnsecuredTransport = true,
        });
        builder.Services.AddLogging(logging => logging.ClearProviders().AddFakeLogging());
        builder.AddPostgres("postgres", password: builder.AddParameter("password", password))
            .WithImageRegistry(null).WithImage(ContainerClient.PostgresImage)
            .WithoutProxy().WithoutCertificate().WithPersistentData(_volume).WithDatabase("scaleup");
        builder.AddStartupDiagnostics(_volume);
        var application = builder.Build();
        _applications.Add(application);
        await application.StartAsync(Cancellation);
        return application;
    }

    // The report must appear in the console and in the resource's log on the dashboard.
    private static async Task<string> WaitForReportAsync(DistributedApplication application)
    {
        var console = application.Services.GetFakeLogCollector();
        FakeLogRecord? Report() => console.GetSnapshot()
            .FirstOrDefault(log => log.Level == LogLevel.Error && log.Category == typeof(StartupDiagnostics).FullName);
        await Eventually.TrueAsync(
            () => Report() is not null,
            () => Task.FromResult(string.Join('\n', console.GetSnapshot().Select(log => $"{log.Category}: {log.Message}"))));

        var report = Report()!.Message;
        Assert.True(application.ResourceNotifications.TryGetCurrentState("postgres", out var current));
        var lines = new List<string>();
        await foreach (var batch in application.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(current.ResourceId))
        {
            lines.AddRange(batch.Select(line => line.Content));
        }

        Assert.Contains(lines, line => line.Contains(report, StringComparison.Ordinal));
        return report;
    }

    private static async Task<object?> ExecuteAsync(DistributedApplication application, string sql)
    {
        var database = application.Services.GetRequiredService<DistributedApplicationModel>()
            .Resources.OfType<PostgresDatabaseResource>().Single();
        await using var source = NpgsqlDataSource.Create((await database.ConnectionStringExpression.GetValueAsync(Cancellation))!);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
