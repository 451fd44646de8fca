using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Faults;

/// <summary>Lets faults happen under load, has them mended, and notes when what was.</summary>
internal sealed class Incidents(DrillFixture topology, OpenLoop load)
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

    /// <summary>Lets some faults happen in the same moment. A server that cannot be mended is an incident that is not got over.</summary>
    public async Task<Incident> CauseAsync(IReadOnlyList<Fault> faults, TimeSpan length, CancellationToken cancellationToken)
    {
        var incident = new Incident(string.Join(", ", faults), faults.Any(fault => fault.IsOfDatabase), load.Now, load.Now, null, null)
        {
            EndsLoadBalancer = faults.Any(fault => fault.IsOfLoadBalancer && fault.Kind != FaultKind.Hang),
        };
        try
        {
            await Task.WhenAll(faults.Select(topology.BreakAsync));
            incident = incident with { Done = load.Now };
            if (faults.Any(fault => fault.Kind != FaultKind.Restart))
            {
                await Task.Delay(length / 2, cancellationToken);
                var hadEffect = topology.WaitUntilAllBrokenAsync(faults, cancellationToken);
                await Task.Delay(length / 2, cancellationToken);
                incident = incident with { HadEffect = await hadEffect };
            }

            await Task.WhenAll(faults.Select(topology.SettleAsync));
        }
        finally
        {
            incident = incident with { Mended = load.Now };
            incident = await MendAsync(incident, faults);
        }

        if (incident.IsOfDatabase && await topology.WaitForDatabaseAsync(cancellationToken))
        {
            incident = incident with { DatabaseBack = load.Now };
        }

        return await topology.WaitForFullStrengthAsync(cancellationToken) ? incident with { FullStrength = load.Now } : incident;
    }

    private async Task<Incident> MendAsync(Incident incident, IReadOnlyList<Fault> faults)
    {
        try
        {
            await Task.WhenAll(faults.Select(topology.MendAsync));
            return incident;
        }
        catch (Exception exception)
        {
            return incident with { What = $"{incident.What}. Not mended: {exception.Message}" };
        }
    }
}
