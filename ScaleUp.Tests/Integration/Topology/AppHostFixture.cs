using System.Globalization;
using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Topology;

/// <summary>
/// The whole topology, started once and shared by all tests that do not disturb it. Tests that inject faults use a
/// <see cref="Drills.Faults.DrillFixture"/>.
/// </summary>
public class AppHostFixture : IAsyncLifetime
{
    private const int RequiredRegistrations = 6;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(4);

    private DistributedApplication? _application;
    private TelemetryCollector? _telemetry;

    /// <summary>The telemetry that the servers and load balancers export to the dashboard.</summary>
    internal TelemetryCollector Telemetry => _telemetry ?? throw new InvalidOperationException("The topology was not started.");

    /// <summary>The time at which every server was healthy for the first time.</summary>
    internal DateTimeOffset StartedAt { get; private set; }

    /// <summary>The log of the AppHost itself.</summary>
    internal FakeLogCollector AppHostLog => Application.Services.GetFakeLogCollector();

    public DistributedApplication Application => _application ?? throw new InvalidOperationException("The topology was not started.");

    /// <summary>The password of the first administrator, whose user name is <c>admin</c>.</summary>
    internal static string AdministratorPassword { get; } = $"a password for tests {Guid.NewGuid():n}";

    /// <summary>The public address; its host name resolves to both load balancers.</summary>
    public Uri Website => new($"http://localhost:{WebsiteOf("lb-1").Port}");

    /// <summary>The public address of a single load balancer.</summary>
    public Uri WebsiteOf(string loadBalancer)
    {
        var endpoint = Resources.OfType<HAProxyResource>().Single(lb => lb.Name == loadBalancer).PublicEndpoint;
        return new UriBuilder(endpoint.Scheme, endpoint.Host, endpoint.Port).Uri;
    }

    public IReadOnlyList<IResource> Resources =>
        [.. Application.Services.GetRequiredService<DistributedApplicationModel>().Resources];

    /// <summary>The names of the tiers, their servers and the database, without standby servers and Aspire's internal resources.</summary>
    public IReadOnlyList<string> Servers => [.. Resources
        .Where(r => !Standby.Contains(r.Name))
        .Where(r => r is ReplicaGroupResource or ProjectResource or HAProxyClusterResource or HAProxyResource or HAProxyFrontendResource
            or PostgresServerResource or PostgresDatabaseResource or PostgresClusterResource or PostgresClusterDatabaseResource)
        .Select(r => r.Name)];

    /// <summary>The names of the standby servers, which run only after an explicit start.</summary>
    public IReadOnlyList<string> Standby =>
        [.. Resources.OfType<ReplicaGroupResource>().SelectMany(tier => tier.Standby).Select(server => server.Name)];

    /// <summary>
    /// Additional command-line settings of the AppHost. By default the database has no volume, so data are lost with its container.
    /// </summary>
    protected virtual IReadOnlyList<string> Settings => ["--Postgres:Volume="];

    /// <summary>
    /// Whether telemetry and <see cref="AppHostLog"/> are kept for assertions; otherwise telemetry is received and discarded.
    /// </summary>
    protected virtual bool KeepsTelemetry => true;

    public async ValueTask InitializeAsync()
    {
        Suite.IntegrationAttribute.Require("a topology");
        _telemetry = await TelemetryCollector.StartAsync(KeepsTelemetry);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            ["--LoadBalancer:Port=0", .. Settings, $"--Parameters:administrator-password={AdministratorPassword}",
                $"--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL={_telemetry.Url}"]);
        // Logs are collected instead of printed: the output of all resources would bury the message of a failed test.
        builder.Services.AddLogging(logging =>
        {
            logging.ClearProviders();
            if (KeepsTelemetry)
            {
                logging.AddFakeLogging();
            }
        });
        _application = await builder.BuildAsync();
        using var limit = new CancellationTokenSource(s_startLimit);
        await _application.StartAsync(limit.Token);
        // A resource that fails to start fails the tests immediately, with its own log instead of that of its dependents.
        await Task.WhenAll(Servers.Select(server => WaitUntilHealthyAsync(server, s_startLimit, WaitBehavior.StopOnResourceUnavailable)));
        StartedAt = DateTimeOffset.UtcNow;
        await WarmUpAsync();
    }

    /// <summary>
    /// Registers users until several consecutive registrations succeed. JIT compilation makes a server's first write slow, on a busy
    /// machine slower than the request timeout.
    /// </summary>
    private async Task WarmUpAsync()
    {
        using var limit = new CancellationTokenSource(s_startLimit);
        for (var registered = 0; registered < RequiredRegistrations;)
        {
            using var visitor = new SiteVisitor(Website);
            var page = await visitor.GetAsync("/register");
            if (page.Status == HttpStatusCode.OK)
            {
                page = await visitor.SendAsync(
                    page.Form().With(("UserName", $"u{Guid.NewGuid():n}"[..20]), ("DisplayName", $"Warm up {Guid.NewGuid():n}"),
                    ("Password", SiteVisitor.Password)));
            }

            registered = page.Heading == "Writing" ? registered + 1 : 0;
            Assert.False(limit.IsCancellationRequested,
                $"Registration still fails with {page.Status} after {s_startLimit}. {await DescribeAllAsync()}");
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }

        if (_telemetry is not null)
        {
            await _telemetry.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Waits until every server is healthy; fails with the state and the last log lines of a server that is not.</summary>
    public Task WaitUntilAllHealthyAsync(TimeSpan? limit = null) =>
        Task.WhenAll(Servers.Select(server => WaitUntilHealthyAsync(server, limit)));

    public async Task WaitUntilHealthyAsync(
        string resource, TimeSpan? limit = null, WaitBehavior behavior = WaitBehavior.WaitOnResourceUnavailable)
    {
        using var timeout = new CancellationTokenSource(limit ?? Eventually.Limit);
        try
        {
            await Application.ResourceNotifications.WaitForResourceHealthyAsync(resource, behavior, timeout.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or DistributedApplicationException)
        {
            Assert.Fail($"{resource} did not become healthy. {exception.Message} {await DescribeAsync(resource)}");
        }
    }

    /// <summary>Executes a command of the resource, like its button in the dashboard, and fails unless it succeeds.</summary>
    /// <returns>The result of the command, with its message.</returns>
    public async Task<ExecuteCommandResult> ExecuteAsync(string resource, string command)
    {
        var result = await TryExecuteAsync(resource, command);
        Assert.True(result.Success, $"{command} {resource}: {result.Message}. {await DescribeAsync(resource)}");
        return result;
    }

    /// <summary>Executes a command that may fail.</summary>
    public async Task<ExecuteCommandResult> TryExecuteAsync(string resource, string command)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit);
        return await Application.ResourceCommands.ExecuteCommandAsync(resource, command, timeout.Token);
    }

    /// <summary>Waits until the text of the resource's state, as the dashboard shows it, satisfies the predicate.</summary>
    public async Task WaitForStateAsync(string resource, Predicate<string?> isExpected)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit);
        try
        {
            await Application.ResourceNotifications.WaitForResourceAsync(
                resource, current => isExpected(current.Snapshot.State?.Text), timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{resource} did not reach the expected state. {await DescribeAsync(resource)}");
        }
    }

    /// <summary>Waits until the resource has stopped, for any reason.</summary>
    public async Task WaitUntilStoppedAsync(string resource)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit);
        try
        {
            await Application.ResourceNotifications.WaitForResourceAsync(resource, current => IsStopped(current.Snapshot), timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{resource} did not stop. {await DescribeAsync(resource)}");
        }
    }

    /// <summary>Waits until the resource's log contains a line with this text.</summary>
    /// <param name="resource">The resource's name.</param>
    /// <param name="text">The text to find within a line.</param>
    /// <param name="after">Only lines with a later timestamp match; Aspire prefixes each line with its timestamp.</param>
    /// <returns>The timestamp of the line.</returns>
    public async Task<DateTimeOffset> WaitForLogAsync(string resource, string text, DateTimeOffset after = default)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit);
        try
        {
            await foreach (var batch in Application.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(LogIdOf(resource))
                .WithCancellation(timeout.Token))
            {
                foreach (var line in batch.Where(line => line.Content.Contains(text, StringComparison.Ordinal)))
                {
                    if (TimeOf(line.Content) is var written && written > after)
                    {
                        return written;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{resource} did not write '{text}' after {after:O}. {await DescribeAsync(resource)}");
        }

        throw new InvalidOperationException($"The log of {resource} ended without '{text}'.");
    }

    /// <summary>Waits until each of the resources logs a new line with this text.</summary>
    /// <returns>The timestamp of the last of these lines.</returns>
    public Task<DateTimeOffset> WaitForNewLogAsync(IReadOnlyList<string> resources, string text)
    {
        var now = DateTimeOffset.UtcNow;
        return LastAsync();

        async Task<DateTimeOffset> LastAsync() =>
            (await Task.WhenAll(resources.Select(resource => WaitForLogAsync(resource, text, now)))).Max();
    }

    internal static DateTimeOffset TimeOf(string line) =>
        DateTimeOffset.TryParse(line.Split(' ')[0], CultureInfo.InvariantCulture, out var time) ? time : DateTimeOffset.UtcNow;

    /// <summary>All log lines of the resource.</summary>
    public async Task<IReadOnlyList<string>> ReadLogAsync(string resource)
    {
        var lines = new List<string>();
        await foreach (var batch in Application.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(LogIdOf(resource)))
        {
            lines.AddRange(batch.Select(line => line.Content));
        }

        return lines;
    }

    // Aspire keys logs by the resource's ID in this run, such as api-1-xyzabc.
    private string LogIdOf(string resource) =>
        Application.ResourceNotifications.TryGetCurrentState(resource, out var current) ? current.ResourceId : resource;

    /// <summary>The resource's last known state.</summary>
    public CustomResourceSnapshot SnapshotOf(string resource) =>
        Application.ResourceNotifications.TryGetCurrentState(resource, out var current)
            ? current.Snapshot
            : throw new InvalidOperationException($"Resource '{resource}' has no known state.");

    // Aspire reports "Unknown" for a process that it stopped without observing its exit.
    protected static bool IsStopped(CustomResourceSnapshot snapshot) =>
        KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text) || snapshot.State?.Text == "Unknown";

    /// <summary>State, health and last log lines of all servers, for assertion messages.</summary>
    public async Task<string> DescribeAllAsync() =>
        string.Join('\n', await Task.WhenAll(Servers.Select(async server => $"{server}: {await DescribeAsync(server)}")));

    /// <summary>State, health and last log lines of a resource, for assertion messages.</summary>
    public async Task<string> DescribeAsync(string resource)
    {
        var snapshot = SnapshotOf(resource);
        var lines = await ReadLogAsync(resource);
        var health = string.Join(", ", snapshot.HealthReports.Select(h => $"{h.Name} {h.Status} {h.ExceptionText}"));
        return $"State: {snapshot.State?.Text}, health: {health}. Log:\n{string.Join('\n', lines.TakeLast(30))}";
    }
}

/// <summary>The tests that share one topology and do not disturb it.</summary>
[Suite.Integration]
[CollectionDefinition(nameof(AppHostFixture))]
public sealed class AppHostFixtureDefinition : ICollectionFixture<AppHostFixture>;
