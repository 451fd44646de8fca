using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Faults;

/// <summary>Lets faults happen under load, has them mended, and notes when what was.</summary>
internal sealed class Incidents(DrillTopology topology, OpenLoop load)
{
    /// <param name="drill">What is to happen.</param>
    /// <param name="length">From the fault until it is mended.</param>
    /// <param name="cancellationToken">Gives up; what is broken by then is mended nevertheless.</param>
    public async Task<IReadOnlyList<Incident>> CauseAsync(Drill drill, TimeSpan length, CancellationToken cancellationToken)
    {
        if (!drill.IsRolling)
        {
            return [await CauseAsync(drill.Faults, length, cancellationToken)];
        }

        var incidents = new List<Incident>();
        foreach (var fault in drill.Faults)
        {
            incidents.Add(await CauseAsync([fault], length, cancellationToken));
        }

        return incidents;
    }

    /// <summary>Lets some faults happen in the same moment.</summary>
    public async Task<Incident> CauseAsync(IReadOnlyList<Fault> faults, TimeSpan length, CancellationToken cancellationToken)
    {
        var began = load.Now;
        var broken = Task.WhenAll(faults.Select(topology.BreakAsync));
        try
        {
            await broken;
            if (faults.Any(fault => fault.Kind != FaultKind.Restart))
            {
                await Task.Delay(length, cancellationToken);
            }

            await Task.WhenAll(faults.Select(topology.SettleAsync));
        }
        catch
        {
            await Task.WhenAll(faults.Select(topology.MendAsync));
            throw;
        }

        var mended = load.Now;
        await Task.WhenAll(faults.Select(topology.MendAsync));
        var isOfDatabase = faults.Any(fault => fault.IsOfDatabase);
        TimeSpan? databaseBack = isOfDatabase && await topology.WaitForDatabaseAsync(cancellationToken) ? load.Now : null;
        TimeSpan? fullStrength = await topology.WaitForFullStrengthAsync(cancellationToken) ? load.Now : null;
        return new(string.Join(", ", faults), isOfDatabase, began, mended, databaseBack, fullStrength);
    }
}
