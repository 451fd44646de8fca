using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Faults;

/// <summary>Injects faults under load, repairs them and records the times.</summary>
internal sealed class Incidents(DrillFixture topology, OpenLoop load)
{
    /// <param name="drill">The drill with the faults.</param>
    /// <param name="length">The time from the fault until its repair.</param>
    /// <param name="cancellationToken">Cancels the drill; faults injected by then are still repaired.</param>
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

    /// <summary>Injects several faults simultaneously. A server that cannot be repaired results in an incident without recovery.</summary>
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
            if (faults.Any(fault => fault.Kind is not (FaultKind.Restart or FaultKind.SwitchOver)))
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
            return incident with { What = $"{incident.What}. Not repaired: {exception.Message}" };
        }
    }
}
