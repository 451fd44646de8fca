using System.Text.RegularExpressions;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.PostgresCluster;

/// <summary>Operators see the members of a running cluster and can make another one the primary.</summary>
[Collection(nameof(ClusterDrillTopology))]
public sealed partial class PostgresClusterTests(ClusterDrillTopology topology)
{
    [Fact]
    public async Task The_operations_page_shows_the_role_of_each_member()
    {
        using var http = new HttpClient { BaseAddress = topology.Website };
        var page = "";

        await Eventually.TrueAsync(
            async () =>
            {
                page = await http.GetStringAsync(new Uri("/operations", UriKind.Relative), TestContext.Current.CancellationToken);
                return Members().Count(page) == 3;
            },
            () => Task.FromResult(page));

        var members = Members().Matches(page);
        Assert.Equal(["postgres-1", "postgres-2", "postgres-3"], members.Select(member => member.Groups[1].Value).Order());
        Assert.Single(members, member => member.Groups[2].Value == "primary");
    }

    [Fact]
    public async Task A_standby_becomes_the_primary_by_command_and_the_dashboard_shows_it()
    {
        await topology.Cluster.Control.RefreshAsync(TestContext.Current.CancellationToken);
        var primary = topology.Cluster.Members.Single(member => topology.Cluster.Control.StatusOf(member.Name) is { IsPrimary: true }).Name;
        var standby = topology.Cluster.Members.First(member => member.Name != primary).Name;

        await topology.ExecuteAsync(standby, "switch-over");

        await topology.WaitForStateAsync(standby, state => state == "Primary");
        await topology.WaitForStateAsync(primary, state => state?.StartsWith("Quorum standby", StringComparison.Ordinal) is true);
    }

    [GeneratedRegex(@"(postgres-\d) \((primary|standby)\)</th>")]
    private static partial Regex Members();
}
