namespace ScaleUp.Web.Operations;

/// <summary>Describes states and events in sentences.</summary>
internal static class Verdicts
{
    public static bool IsFine(ServerView server) => server.State is ServerState.Up or ServerState.Standby && !server.IsStale;

    /// <summary>Returns a summary of the state of all tiers, worst first.</summary>
    public static string Of(OperationsView view)
    {
        var problems = view.Tiers.SelectMany(tier => tier.Servers.Where(server => !IsFine(server))
            .Select(server => (Tier: tier, Server: server))).ToArray();
        if (problems.Length == 0)
        {
            return view.Tiers.Count == 0 ? "No data yet." : "All servers are in service.";
        }

        // A tier without a server in service is an outage, which comes first.
        var outages = view.Tiers.Where(tier => tier.Servers.Count > 0 && tier.InService == 0
            && tier.Servers.Any(s => s.State == ServerState.Down)).ToArray();
        var sentences =
            outages.Select(tier => $"{(tier.Name == TopologyMerge.Database ? "The database is" : $"All {Lower(tier.Title)} are")} down.")
                .Concat(problems.Where(problem => !outages.Contains(problem.Tier)).GroupBy(problem => problem.Server.State)
                .OrderByDescending(group => group.Key)
                .Select(group => Sentence(group.Key, [.. group.Select(t => t.Server.Name)])));
        return string.Join(' ', sentences);
    }

    /// <summary>Returns the events between two states.</summary>
    public static IEnumerable<TimelineEvent> Changes(OperationsView before, OperationsView now)
    {
        foreach (var tier in now.Tiers)
        {
            foreach (var server in tier.Servers)
            {
                var earlier = before.Find(tier.Name, server.Name);
                if (earlier is not null && earlier.State != server.State)
                {
                    yield return new(server.Since is { } since && since > before.Time - TimeSpan.FromSeconds(10) ? since : now.Time,
                        server.Name, server.State, Describe(server, earlier.State));
                }

                if (earlier is { Role.Length: > 0 } && server.Role.Length > 0 && earlier.Role != server.Role)
                {
                    yield return new(now.Time, server.Name, server.State, $"{server.Name} is now {server.Role}.");
                }
            }
        }
    }

    /// <summary>Returns the event of an administrator's command.</summary>
    public static TimelineEvent Describe(ServerAction action) => action.Command == "drain"
        ? new(action.Time, action.Server, ServerState.Draining, $"{action.By} drained {action.Server}.") { By = action.By }
        : new(action.Time, action.Server, ServerState.Up, $"{action.By} returned {action.Server} to service.") { By = action.By };

    private static string Lower(string title) => title.Length > 1 && char.IsUpper(title[1]) ? title
        : char.ToLowerInvariant(title[0]) + title[1..];

    private static string Describe(ServerView server, ServerState before) => server.State switch
    {
        ServerState.Down => $"{server.Name} is down{(server.Check.Length > 0 ? $" ({server.Check})" : "")}.",
        ServerState.Draining => $"{server.Name} is draining.",
        ServerState.Standby => $"{server.Name} is on standby.",
        ServerState.Up => before == ServerState.Standby ? $"{server.Name} was started." : before == ServerState.Unknown
            ? $"{server.Name} is in service." : $"{server.Name} is back in service.",
        _ => $"The state of {server.Name} is unknown{(server.Check.Length > 0 ? $" ({server.Check})" : "")}.",
    };

    private static string Sentence(ServerState state, string[] names)
    {
        var (subject, verb) = names.Length == 1
            ? (names[0], "is")
            : ($"{string.Join(", ", names[..^1])} and {names[^1]}", "are");
        return state switch
        {
            ServerState.Down => $"{subject} {verb} down.",
            ServerState.Draining => $"{subject} {verb} draining.",
            _ => $"The state of {subject} is unknown.",
        };
    }
}
