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
/// The whole topology, started once for all tests that leave it as it is. A test that breaks something has a
/// <see cref="Drills.Faults.DrillFixture"/>.
/// </summary>
public class AppHostFixture : IAsyncLifetime
{
    private const int EnoughRegistrations = 6;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(4);

    private DistributedApplication? _application;
    private TelemetryCollector? _telemetry;

    /// <summary>What the servers and load balancers send to the dashboard.</summary>
    internal TelemetryCollector Telemetry => _telemetry ?? throw new InvalidOperationException("The topology was not started.");

    /// <summary>When every server had become healthy for the first time.</summary>
    internal DateTimeOffset StartedAt { get; private set; }

    /// <summary>What the AppHost itself has logged.</summary>
    internal FakeLogCollector AppHostLog => Application.Services.GetFakeLogCollector();

    public DistributedApplication Application => _application ?? throw new InvalidOperationException("The topology was not started.");

    /// <summary>The password of the website's first administrator, whose name is <c>admin</c>.</summary>
    internal static string AdministratorPassword { get; } = $"a password for tests {Guid.NewGuid():n}";

    /// <summary>The one name for visitors: both load balancers.</summary>
    public Uri Website => new($"http://localhost:{WebsiteOf("lb-1").Port}");

    /// <summary>A load balancer's own address for visitors.</summary>
    public Uri WebsiteOf(string loadBalancer)
    {
        var endpoint = Resources.OfType<HAProxyResource>().Single(lb => lb.Name == loadBalancer).PublicEndpoint;
        return new UriBuilder(endpoint.Scheme, endpoint.Host, endpoint.Port).Uri;
    }

    public IReadOnlyList<IResource> Resources =>
        [.. Application.Services.GetRequiredService<DistributedApplicationModel>().Resources];

    /// <summary>The names of the tiers, their servers and the database, without those on standby and what Aspire adds for its own use.</summary>
    public IReadOnlyList<string> Servers => [.. Resources
        .Where(r => !Standby.Contains(r.Name))
        .Where(r => r is ReplicaGroupResource or ProjectResource or HAProxyClusterResource or HAProxyResource or HAProxyFrontendResource
            or PostgresServerResource or PostgresDatabaseResource)
        .Select(r => r.Name)];

    /// <summary>The names of the servers that run only once they are told to start.</summary>
    public IReadOnlyList<string> Standby => [.. Resources.OfType<ReplicaGroupResource>().SelectMany(tier => tier.Standby).Select(server => server.Name)];

    /// <summary>Settings of the topology, besides free ports. By default no data outlive the database's container.</summary>
    protected virtual IReadOnlyList<string> Settings => ["--Postgres:Volume="];

    /// <summary>Whether tests look at telemetry and at <see cref="AppHostLog"/>; if not, telemetry is received all the same.</summary>
    protected virtual bool KeepsTelemetry => true;

    public async ValueTask InitializeAsync()
    {
        Suite.IntegrationAttribute.Require("a topology");
        _telemetry = await TelemetryCollector.StartAsync(KeepsTelemetry);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            ["--LoadBalancer:Port=0", .. Settings, $"--Parameters:administrator-password={AdministratorPassword}", $"--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL={_telemetry.Url}"]);
        // Kept, not printed: all logs of all resources would hide the one that a failed test shows.
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
        // A resource that fails to start fails the tests at once, with its own log and not that of those that wait for it.
        await Task.WhenAll(Servers.Select(server => WaitUntilHealthyAsync(server, s_startLimit, WaitBehavior.StopOnResourceUnavailable)));
        StartedAt = DateTimeOffset.UtcNow;
        await WarmUpAsync();
    }

    /// <summary>
    /// Registers users until some registrations in a row succeed. A server compiles much of itself for its first write, which on a busy machine
    /// takes longer than a request may.
    /// </summary>
    private async Task WarmUpAsync()
    {
        using var limit = new CancellationTokenSource(s_startLimit);
        for (var registered = 0; registered < EnoughRegistrations;)
        {
            using var visitor = new SiteVisitor(Website);
            var page = await visitor.GetAsync("/register");
            if (page.Status == HttpStatusCode.OK)
            {
                page = await visitor.SendAsync(page.Form().With(("UserName", $"u{Guid.NewGuid():n}"[..20]), ("DisplayName", $"Warm up {Guid.NewGuid():n}"), ("Password", SiteVisitor.Password)));
            }

            registered = page.Heading == "Writing" ? registered + 1 : 0;
            Assert.False(limit.IsCancellationRequested, $"Registrations fail with {page.Status}. {await DescribeAllAsync()}");
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

    /// <summary>Waits until every server of every tier is healthy; fails with the state and the last log lines of those that are not.</summary>
    public Task WaitUntilAllHealthyAsync(TimeSpan? limit = null) =>
        Task.WhenAll(Servers.Select(server => WaitUntilHealthyAsync(server, limit)));

    public async Task WaitUntilHealthyAsync(string resource, TimeSpan? limit = null, WaitBehavior behavior = WaitBehavior.WaitOnResourceUnavailable)
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

    /// <summary>Executes a command of the resource, as its button in the dashboard does.</summary>
    /// <returns>What the command says of what it did.</returns>
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

    /// <summary>Waits until the resource is in the state that the dashboard shows by this text.</summary>
    public async Task WaitForStateAsync(string resource, Predicate<string?> isExpected)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit);
        try
        {
            await Application.ResourceNotifications.WaitForResourceAsync(resource, current => isExpected(current.Snapshot.State?.Text), timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{resource} did not come into the expected state. {await DescribeAsync(resource)}");
        }
    }

    /// <summary>Waits until the resource has stopped, however it came to that.</summary>
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

    /// <summary>Waits until the resource has written a line with this text.</summary>
    /// <param name="resource">The resource's name.</param>
    /// <param name="text">What the line has in it.</param>
    /// <param name="after">Lines from before do not count. Aspire puts the time before each line.</param>
    /// <returns>When it wrote the line.</returns>
    public async Task<DateTimeOffset> WaitForLogAsync(string resource, string text, DateTimeOffset after = default)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit);
        try
        {
            await foreach (var batch in Application.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(LogIdOf(resource)).WithCancellation(timeout.Token))
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

    /// <summary>Waits until each of the resources writes a line with this text, from now on.</summary>
    /// <returns>When the last of them did.</returns>
    public Task<DateTimeOffset> WaitForNewLogAsync(IReadOnlyList<string> resources, string text)
    {
        var now = DateTimeOffset.UtcNow;
        return LastAsync();

        async Task<DateTimeOffset> LastAsync() => (await Task.WhenAll(resources.Select(resource => WaitForLogAsync(resource, text, now)))).Max();
    }

    internal static DateTimeOffset TimeOf(string line) =>
        DateTimeOffset.TryParse(line.Split(' ')[0], CultureInfo.InvariantCulture, out var time) ? time : DateTimeOffset.UtcNow;

    /// <summary>All that the resource has written.</summary>
    public async Task<IReadOnlyList<string>> ReadLogAsync(string resource)
    {
        var lines = new List<string>();
        await foreach (var batch in Application.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(LogIdOf(resource)))
        {
            lines.AddRange(batch.Select(line => line.Content));
        }

        return lines;
    }

    // Aspire keeps logs by the name that a resource has in this run, such as api-1-xyzabc.
    private string LogIdOf(string resource) =>
        Application.ResourceNotifications.TryGetCurrentState(resource, out var current) ? current.ResourceId : resource;

    /// <summary>The resource's last known state.</summary>
    public CustomResourceSnapshot SnapshotOf(string resource) =>
        Application.ResourceNotifications.TryGetCurrentState(resource, out var current)
            ? current.Snapshot
            : throw new InvalidOperationException($"Nothing is known of {resource}.");

    // "Unknown" is what Aspire says of a process that it has stopped and not seen end.
    protected static bool IsStopped(CustomResourceSnapshot snapshot) =>
        KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text) || snapshot.State?.Text == "Unknown";

    /// <summary>The evidence of all servers, for the message of a test that fails.</summary>
    public async Task<string> DescribeAllAsync() =>
        string.Join('\n', await Task.WhenAll(Servers.Select(async server => $"{server}: {await DescribeAsync(server)}")));

    /// <summary>State, health and last log lines, for the message of a test that fails.</summary>
    public async Task<string> DescribeAsync(string resource)
    {
        var snapshot = SnapshotOf(resource);
        var lines = await ReadLogAsync(resource);
        return $"State: {snapshot.State?.Text}, health: {string.Join(", ", snapshot.HealthReports.Select(h => $"{h.Name} {h.Status} {h.ExceptionText}"))}. Log:\n{string.Join('\n', lines.TakeLast(30))}";
    }
}

/// <summary>The tests that share one topology and leave it as it is.</summary>
[Suite.Integration]
[CollectionDefinition(nameof(AppHostFixture))]
public sealed class AppHostFixtureDefinition : ICollectionFixture<AppHostFixture>;
