using Aspire.Hosting.ApplicationModel;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Drills.Faults;

/// <summary>
/// A topology with a PostgreSQL cluster of three members. The targets of its faults are roles, not names, because members change roles.
/// </summary>
public sealed class ClusterDrillTopology : DrillFixture
{
    private const int Members = 3;
    private readonly SemaphoreSlim _lock = new(1);
    private readonly HashSet<string> _broken = [];
    private Dictionary<string, string> _roles = [];

    protected override IReadOnlyList<string> Settings =>
    [
        .. base.Settings,
        $"--Postgres:Members={Members}",
        "--Web:Replicas=1", "--Web:MaxReplicas=1",
        "--Api:Replicas=2", "--Api:MaxReplicas=2",
    ];

    protected override IReadOnlyList<string> Volumes =>
        [.. base.Volumes.SelectMany(volume => Enumerable.Range(1, Members).Select(i => $"{volume}-{i}"))];

    internal PostgresClusterResource Cluster => Resources.OfType<PostgresClusterResource>().Single();

    internal override async Task<Fault> ResolveAsync(Fault role)
    {
        if (!role.IsOfCluster)
        {
            return role;
        }

        await _lock.WaitAsync();
        try
        {
            if (_broken.Count == 0)
            {
                _roles = await ReadRolesAsync();
            }

            _broken.Add(role.Target);
            return role with { Target = _roles[role.Target] };
        }
        finally
        {
            _lock.Release();
        }
    }

    internal override async Task MendAsync(Fault role)
    {
        await base.MendAsync(role);
        await _lock.WaitAsync();
        _broken.Remove(role.Target);
        _lock.Release();
    }

    internal override async Task<bool> AreAllBrokenAsync(IReadOnlyList<Fault> faults, CancellationToken cancellationToken)
    {
        foreach (var fault in faults)
        {
            var member = (await ResolveAsync(fault)).Target;
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };
            try
            {
                var patroni = Cluster.Members.Single(m => m.Name == member).RestEndpoint.Url;
                using var response = await http.GetAsync(new Uri($"{patroni}/liveness"), cancellationToken);
                return false;
            }
            catch (Exception ex) when (ex is HttpRequestException
                || (ex is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // The member does not respond.
            }
        }

        return true;
    }

    internal override async Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellationToken)
    {
        await Cluster.Control.RefreshAsync(cancellationToken);
        return
        [
            .. await base.MissingAsync(cancellationToken),
            .. Cluster.Members.Where(m => Cluster.Control.StatusOf(m.Name) is not ({ IsPrimary: true } or { IsSynchronous: true }))
                .Select(member => $"{member.Name} in the cluster"),
        ];
    }

    private async Task<Dictionary<string, string>> ReadRolesAsync()
    {
        await Cluster.Control.RefreshAsync(CancellationToken.None);
        var primary = Cluster.Members.Single(member => Cluster.Control.StatusOf(member.Name) is { IsPrimary: true }).Name;
        var standbys = Cluster.Members.Select(member => member.Name).Where(name => name != primary).ToArray();
        return new() { [Fault.Primary] = primary, [Fault.Standby] = standbys[0], [Fault.OtherStandby] = standbys[1] };
    }
}

/// <summary>The drills of the PostgreSQL cluster share one topology.</summary>
[Integration]
[CollectionDefinition(nameof(ClusterDrillTopology), DisableParallelization = true)]
public sealed class ClusterDrillTopologyTests : ICollectionFixture<ClusterDrillTopology>;
