using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Drills.Report;
using ScaleUp.Tests.Drills.Writes;
using ScaleUp.Tests.Failures;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Drills.Faults;

/// <summary>A topology for drills: servers are broken and mended again, and its database outlives its container.</summary>
public sealed class DrillFixture : FaultInjectionFixture
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    // Aspire makes a new container at each start, which without a volume would begin with an empty database.
    private readonly string _volume = $"scaleup-drill-{Guid.NewGuid():n}";

    protected override IReadOnlyList<string> Settings => [$"--Postgres:Volume={_volume}"];

    protected override bool KeepsTelemetry => false;

    internal DatabaseContent Database => field ??= new(async () =>
        await Resources.OfType<PostgresDatabaseResource>().Cast<IValueProvider>().Single().GetValueAsync(CancellationToken.None)
        ?? throw new InvalidOperationException("The database has no connection string yet."));

    /// <summary>Whether a drill has warmed it up. Later drills need no warm-up: each of them first opens every page on every web server.</summary>
    internal bool IsWarm { get; set; }

    /// <summary>How many web servers are in use when nothing is broken.</summary>
    internal int WebServers => Resources.OfType<HAProxyResource>().First().Cluster.Frontends.Single(frontend => frontend.Backend.Name == "web").Backend.Servers.Count(server => !server.IsStandby);

    /// <summary>Lets it happen, and returns at once; what is stopped in good order has stopped then.</summary>
    internal async Task BreakAsync(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Restart:
                await ExecuteAsync(fault.Target, KnownResourceCommands.StopCommand);
                await WaitUntilStoppedAsync(fault.Target);
                break;
            case FaultKind.Hang when IsContainer(fault.Target):
                // A signal would reach the first process of the container alone, and HAProxy's work is done by its child.
                await ContainerClient.RunAsync("pause", ContainerOf(fault.Target));
                break;
            case FaultKind.Hang:
                Pause(fault.Target);
                break;
            case var kind when IsContainer(fault.Target):
                await ContainerClient.RunAsync("kill", kind == FaultKind.Kill ? "--signal=KILL" : "--signal=TERM", ContainerOf(fault.Target));
                break;
            case FaultKind.Kill:
                Kill(fault.Target);
                break;
            default:
                Terminate(fault.Target);
                break;
        }
    }

    /// <summary>Waits until it is as it will be if nobody does anything: what was told to end may take its time.</summary>
    internal Task SettleAsync(Fault fault) => fault.Kind == FaultKind.Hang ? Task.CompletedTask : WaitUntilStoppedAsync(fault.Target);

    /// <summary>Does what an operator would do: starts what is gone, and lets go on what hangs.</summary>
    internal async Task MendAsync(Fault fault)
    {
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
    /// Waits until the database answers and each load balancer has all servers of all tiers in use. It is asked of the load
    /// balancers themselves, since Aspire looks only every few seconds.
    /// </summary>
    /// <returns>Whether it came to that within a minute.</returns>
    internal Task<bool> WaitForFullStrengthAsync(CancellationToken cancellationToken) => WaitAsync(
        // The database last, and so once: a new connection to it costs as much as many a request, and this is asked often.
        async () => (await MissingAsync(cancellationToken)).Count == 0 && await Database.IsThereAsync(cancellationToken), cancellationToken);

    /// <summary>Waits until the database takes connections.</summary>
    /// <inheritdoc cref="WaitForFullStrengthAsync" path="/returns"/>
    internal Task<bool> WaitForDatabaseAsync(CancellationToken cancellationToken) => WaitAsync(() => Database.IsThereAsync(cancellationToken), cancellationToken);

    private static async Task<bool> WaitAsync(Func<Task<bool>> isSo, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (clock.Elapsed > s_limit)
            {
                return false;
            }

            await Task.Delay(s_look, cancellationToken);
        }

        return true;
    }

    /// <summary>Waits until the load balancers, or the database itself, find each of these broken, which takes a slow machine longer.</summary>
    /// <inheritdoc cref="WaitForFullStrengthAsync" path="/returns"/>
    internal Task<bool> WaitUntilAllBrokenAsync(IReadOnlyList<Fault> faults, CancellationToken cancellationToken) =>
        WaitAsync(() => AreAllBrokenAsync(faults, cancellationToken), cancellationToken);

    private async Task<bool> AreAllBrokenAsync(IReadOnlyList<Fault> faults, CancellationToken cancellationToken)
    {
        var missing = await MissingAsync(cancellationToken);
        var isDatabaseThere = await Database.IsThereAsync(cancellationToken);
        return faults.All(fault => fault.IsOfDatabase ? !isDatabaseThere : missing.Any(text => text.StartsWith($"{fault.Target} ", StringComparison.Ordinal)));
    }

    /// <summary>What is not in use, in words that begin with its name.</summary>
    internal async Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellationToken) =>
        [.. (await Task.WhenAll(Resources.OfType<HAProxyResource>().Select(instance => MissingAsync(instance, cancellationToken)))).SelectMany(missing => missing)];

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
        await ContainerClient.TryAsync(["volume", "rm", "--force", _volume]);
    }

    /// <summary>What each server holds now, and the program that makes the load.</summary>
    /// <exception cref="InvalidOperationException">A server has not been found for a minute.</exception>
    internal async Task<IReadOnlyList<Footprint>> MeasureAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        IReadOnlyList<Footprint> footprints = [];
        var why = "";
        // Aspire says only a moment after a server has begun to answer which container or process it is now.
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
                await FootprintReader.OfContainerAsync(time, instance.Name, ContainerOf(instance.Name), await FootprintReader.ConnectionsAsync(instance, cancellationToken)))),
            .. machines.OfType<ProjectResource>().Select(server => FootprintReader.OfProcesses(time, server.Name, ProcessesOf(server.Name))),
            await FootprintReader.OfContainerAsync(time, Fault.Database, ContainerOf(Fault.Database), await Database.CountConnectionsAsync(cancellationToken)),
            FootprintReader.OfProcesses(time, Footprint.OfDrill, [Process.GetCurrentProcess()]),
        ];
    }

    /// <summary>The processor time that each server has used since it was started, whichever processes of it did.</summary>
    internal async Task<IReadOnlyDictionary<string, TimeSpan>> ReadCpuTimesAsync()
    {
        var times = new Dictionary<string, TimeSpan>();
        foreach (var name in Resources.Where(r => r is ProjectResource or HAProxyResource or PostgresServerResource && Servers.Contains(r.Name)).Select(r => r.Name))
        {
            var processes = !IsContainer(name) ? ProcessesOf(name)
                : FamilyOf(int.Parse(await ContainerClient.RunAsync("inspect", "--format={{.State.Pid}}", ContainerOf(name)), CultureInfo.InvariantCulture));
            times[name] = FootprintReader.CpuTimeOf(processes);
        }

        return times;
    }

    internal bool IsContainer(string name) => Resources.Single(r => r.Name == name) is ContainerResource;

    internal string ContainerOf(string name) =>
        Convert.ToString(SnapshotOf(name).Properties.Single(p => p.Name == "container.id").Value, CultureInfo.InvariantCulture)!;
}

/// <summary>The failure tests and the drills, one after the other on one topology, and after all other tests: beside them they would measure this machine.</summary>
[Integration]
[CollectionDefinition(nameof(DrillFixture), DisableParallelization = true)]
public sealed class DrillFixtureDefinition : ICollectionFixture<DrillFixture>;
