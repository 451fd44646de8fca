using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using Aspire.Hosting.PostgresCluster;
using ScaleUp.Tests.Drills.Report;
using ScaleUp.Tests.Drills.Writes;
using ScaleUp.Tests.Failures;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Drills.Faults;

/// <summary>A topology for drills: faults are injected and repaired, and the database's volume outlives its container.</summary>
public class DrillFixture : FaultInjectionFixture
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    // Aspire creates a new container at each start, which without a volume would have an empty database.
    private readonly string _volume = $"scaleup-drill-{Guid.NewGuid():n}";

    protected override IReadOnlyList<string> Settings => [$"--Postgres:Volume={_volume}"];

    /// <summary>The volumes that hold the database.</summary>
    protected virtual IReadOnlyList<string> Volumes => [_volume];

    protected override bool KeepsTelemetry => false;

    internal DatabaseContent Database => field ??= new(async () =>
        await Resources.OfType<IResourceWithConnectionString>()
            .Single(resource => resource.Name == "scaleup").GetConnectionStringAsync(CancellationToken.None)
        ?? throw new InvalidOperationException("The database has no connection string yet."));

    /// <summary>
    /// Whether a drill has warmed the topology up. Later drills need no warm-up, because each first opens every page on every web server.
    /// </summary>
    internal bool IsWarm { get; set; }

    /// <summary>The number of web servers in use without faults.</summary>
    internal int WebServers => Resources.OfType<HAProxyResource>()
        .First().Cluster.Frontends.Single(frontend => frontend.Backend.Name == "web").Backend.Servers.Count(server => !server.IsStandby);

    /// <summary>Injects a fault and returns immediately, except that a graceful stop is awaited.</summary>
    internal async Task BreakAsync(Fault role)
    {
        var fault = await ResolveAsync(role);
        switch (fault.Kind)
        {
            case FaultKind.SwitchOver:
                await ExecuteAsync(fault.Target, PostgresClusterCommands.SwitchOver);
                break;
            case FaultKind.Restart:
                await ExecuteAsync(fault.Target, KnownResourceCommands.StopCommand);
                await WaitUntilStoppedAsync(fault.Target);
                break;
            case FaultKind.Hang when IsContainer(fault.Target):
                // A signal would reach only the container's first process, but HAProxy's worker is its child.
                await ContainerClient.RunAsync("pause", ContainerOf(fault.Target));
                break;
            case FaultKind.Hang:
                Pause(fault.Target);
                break;
            case var kind when IsContainer(fault.Target):
                await ContainerClient.RunAsync(
                    "kill", kind == FaultKind.Kill ? "--signal=KILL" : "--signal=TERM", ContainerOf(fault.Target));
                break;
            case FaultKind.Kill:
                Kill(fault.Target);
                break;
            default:
                Terminate(fault.Target);
                break;
        }
    }

    /// <summary>Waits until the fault has taken full effect: a terminated server may take some time to exit.</summary>
    internal async Task SettleAsync(Fault role)
    {
        if (role.Kind is not (FaultKind.Hang or FaultKind.SwitchOver))
        {
            await WaitUntilStoppedAsync((await ResolveAsync(role)).Target);
        }
    }

    /// <summary>Replaces a role as the fault's target by the server that has that role, until the fault is repaired.</summary>
    internal virtual Task<Fault> ResolveAsync(Fault role) => Task.FromResult(role);

    /// <summary>Repairs a fault as an operator would: starts a stopped server, or resumes a hung one.</summary>
    internal virtual async Task MendAsync(Fault role)
    {
        var fault = await ResolveAsync(role);
        if (fault.Kind == FaultKind.SwitchOver)
        {
            return;
        }

        if (fault.Kind != FaultKind.Hang)
        {
            await ExecuteAsync(fault.Target, KnownResourceCommands.StartCommand);
        }
        else if (IsContainer(fault.Target))
        {
            await ContainerClient.RunAsync("unpause", ContainerOf(fault.Target));
        }
        else
        {
            Resume(fault.Target);
        }
    }

    /// <summary>
    /// Waits until the database responds and each load balancer uses all servers of all tiers. Queries the load balancers directly, because
    /// Aspire's health checks run only every few seconds.
    /// </summary>
    /// <returns>Whether this happened within a minute.</returns>
    internal Task<bool> WaitForFullStrengthAsync(CancellationToken cancellationToken) => WaitAsync(
        // Tests the database last, and thus rarely, because a new connection is expensive and this condition is polled often.
        async () => (await MissingAsync(cancellationToken)).Count == 0 && await Database.IsThereAsync(cancellationToken),
            cancellationToken);

    /// <summary>Waits until the database accepts connections.</summary>
    /// <inheritdoc cref="WaitForFullStrengthAsync" path="/returns"/>
    internal Task<bool> WaitForDatabaseAsync(CancellationToken cancellationToken) =>
        WaitAsync(() => Database.IsThereAsync(cancellationToken), cancellationToken);

    private static async Task<bool> WaitAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > s_limit)
            {
                return false;
            }

            await Task.Delay(s_pollInterval, cancellationToken);
        }

        return true;
    }

    /// <summary>
    /// Waits until the load balancers, or the database itself, show the effect of each fault, which takes longer on a slow machine.
    /// </summary>
    /// <inheritdoc cref="WaitForFullStrengthAsync" path="/returns"/>
    internal Task<bool> WaitUntilAllBrokenAsync(IReadOnlyList<Fault> faults, CancellationToken cancellationToken) =>
        WaitAsync(() => AreAllBrokenAsync(faults, cancellationToken), cancellationToken);

    /// <summary>Whether each of these is found not to work.</summary>
    internal virtual async Task<bool> AreAllBrokenAsync(IReadOnlyList<Fault> faults, CancellationToken cancellationToken)
    {
        var missing = await MissingAsync(cancellationToken);
        var isDatabaseThere = await Database.IsThereAsync(cancellationToken);
        return faults.All(fault => fault.IsOfDatabase ? !isDatabaseThere
            : missing.Any(text => text.StartsWith($"{fault.Target} ", StringComparison.Ordinal)));
    }

    /// <summary>Lists the servers that are not in use; each entry begins with the server's name.</summary>
    internal virtual async Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellationToken) =>
        [.. (await Task.WhenAll(Resources.OfType<HAProxyResource>().Select(instance => MissingAsync(instance, cancellationToken))))
            .SelectMany(missing => missing)];

    private static async Task<IEnumerable<string>> MissingAsync(HAProxyResource instance, CancellationToken cancellationToken)
    {
        try
        {
            var statistics = await RuntimeApiClient.GetStatisticsAsync(instance, cancellationToken);
            return from frontend in instance.Cluster.Frontends
                   from server in frontend.Backend.Servers
                   where !server.IsStandby && statistics.Server(frontend.Backend.Name, server.Name) is not { IsUp: true }
                   select $"{server.Name} for {instance.Name}";
        }
        catch (RuntimeApiException exception)
        {
            return [exception.Message];
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await ContainerClient.TryAsync(["volume", "rm", "--force", .. Volumes]);
        GC.SuppressFinalize(this);
    }

    /// <summary>Measures memory and connections of each server and of the load generator.</summary>
    /// <exception cref="InvalidOperationException">A server's process or container was not found within a minute.</exception>
    internal async Task<IReadOnlyList<Footprint>> MeasureAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        IReadOnlyList<Footprint> footprints = [];
        var why = "";
        // Aspire publishes the new container or process of a restarted server only a moment after it begins to respond.
        return await WaitAsync(async () =>
        {
            try
            {
                footprints = await ReadFootprintsAsync(time, cancellationToken);
                return true;
            }
            catch (InvalidOperationException exception)
            {
                why = exception.Message;
                return false;
            }
        }, cancellationToken) ? footprints : throw new InvalidOperationException(why);
    }

    private async Task<IReadOnlyList<Footprint>> ReadFootprintsAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var machines = Resources.Where(r => Servers.Contains(r.Name));
        return
        [
            .. await Task.WhenAll(machines.OfType<HAProxyResource>().Select(async instance =>
                await FootprintReader.OfContainerAsync(
                    time, instance.Name, ContainerOf(instance.Name), await FootprintReader.ConnectionsAsync(instance, cancellationToken)))),
            .. machines.OfType<ProjectResource>()
                .Select(server => FootprintReader.OfProcesses(time, server.Name, ProcessesOf(server.Name))),
            await FootprintReader.OfContainerAsync(
                time, Fault.Database, ContainerOf(Fault.Database), await Database.CountConnectionsAsync(cancellationToken)),
            FootprintReader.OfProcesses(time, Footprint.OfDrill, [Process.GetCurrentProcess()]),
        ];
    }

    /// <summary>The processor time of each server since its start, summed over all its processes.</summary>
    internal async Task<IReadOnlyDictionary<string, TimeSpan>> ReadCpuTimesAsync()
    {
        var times = new Dictionary<string, TimeSpan>();
        foreach (var name in Resources.Where(
            r => r is ProjectResource or HAProxyResource or PostgresServerResource && Servers.Contains(r.Name)).Select(r => r.Name))
        {
            var processes = !IsContainer(name) ? ProcessesOf(name)
                : FamilyOf(int.Parse(
                    await ContainerClient.RunAsync("inspect", "--format={{.State.Pid}}", ContainerOf(name)), CultureInfo.InvariantCulture));
            times[name] = FootprintReader.CpuTimeOf(processes);
        }

        return times;
    }

    internal bool IsContainer(string name) => Resources.Single(r => r.Name == name) is ContainerResource;

    internal string ContainerOf(string name) =>
        Convert.ToString(SnapshotOf(name).Properties.Single(p => p.Name == "container.id").Value, CultureInfo.InvariantCulture)!;
}

/// <summary>
/// The failure tests and drills, which run sequentially on one topology after all other tests, because parallel tests would distort their
/// timing.
/// </summary>
[Integration]
[CollectionDefinition(nameof(DrillFixture), DisableParallelization = true)]
public sealed class DrillFixtureDefinition : ICollectionFixture<DrillFixture>;
