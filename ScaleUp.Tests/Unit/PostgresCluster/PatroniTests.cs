using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Aspire.Hosting.PostgresCluster;

namespace ScaleUp.Tests.PostgresCluster;

/// <summary>The configuration of Patroni, its responses, and the certificates of etcd.</summary>
public sealed class PatroniTests
{
    [Theory]
    [InlineData(3, 1)]
    [InlineData(5, 2)]
    public void A_commit_waits_for_as_many_standbys_as_members_may_fail(int members, int standbys) =>
        Assert.Contains(
            $"\n    synchronous_mode: quorum\n    synchronous_mode_strict: true\n    synchronous_node_count: {standbys}\n",
            PatroniConfiguration.Render("db", "db-1", members));

    [Theory]
    [InlineData("name: db-1")]
    [InlineData("patroni.member: db-1")]
    [InlineData("ttl: 20")]
    [InlineData("loop_wait: 3")]
    [InlineData("retry_timeout: 7")]
    [InlineData("primary_start_timeout: 0")]
    [InlineData("failsafe_mode: false")]
    [InlineData("check_timeline: true")]
    [InlineData("use_pg_rewind: true")]
    [InlineData("client_connection_check_interval: 1s")]
    [InlineData("protocol: https")]
    [InlineData("- host all all all scram-sha-256")]
    public void The_configuration_contains_the_tested_settings(string setting) =>
        Assert.Contains(PatroniConfiguration.Render("db", "db-1", 3).Split('\n'), line => line.Trim() == setting);

    [Fact]
    public void Connections_from_outside_the_container_require_a_password() =>
        Assert.All(
            PatroniConfiguration.Render("db", "db-1", 3).Split('\n').Where(line => line.TrimStart().StartsWith("- host", StringComparison.Ordinal)),
            line => Assert.EndsWith(" scram-sha-256", line));

    [Fact]
    public void Two_members_are_rejected() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PatroniConfiguration.Render("db", "db-1", 2));

    [Fact]
    public void Roles_and_lag_are_parsed()
    {
        var members = MemberStatus.Parse("""
            {"members": [
              {"name": "db-1", "role": "leader", "state": "running", "timeline": 2},
              {"name": "db-2", "role": "quorum_standby", "state": "streaming", "lag": 1234},
              {"name": "db-3", "role": "replica", "state": "stopped", "lag": "unknown"}], "scope": "db"}
            """);

        Assert.Equal(["Primary", "Quorum standby (lag 1234 B)", "Replica (stopped)"], members.Select(member => member.Description));
        Assert.Equal([true, false, false], members.Select(member => member.IsPrimary));
        Assert.Equal([false, true, false], members.Select(member => member.IsSynchronous));
        Assert.Equal([true, true, false], members.Select(member => member.IsHealthy));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"members": [{}]}""")]
    [InlineData("""{"members": [1]}""")]
    public void Other_responses_are_rejected(string response) => Assert.ThrowsAny<JsonException>(() => MemberStatus.Parse(response));

    [Fact]
    public void Each_member_has_a_certificate_for_its_own_name_that_the_authority_signed()
    {
        var certificates = new MemberCertificates(["db-1", "db-2"]);
        using var authority = X509Certificate2.CreateFromPem(certificates.Authority);
        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        };
        using var first = X509Certificate2.CreateFromPem(certificates["db-1"].Certificate, certificates["db-1"].Key);
        using var second = X509Certificate2.CreateFromPem(certificates["db-2"].Certificate, certificates["db-2"].Key);

        Assert.True(chain.Build(first), string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.True(first.MatchesHostname("db-1"));
        Assert.False(first.MatchesHostname("db-2"));
        Assert.True(second.MatchesHostname("db-2"));
        using var other = X509Certificate2.CreateFromPem(new MemberCertificates(["db-1"]).Authority);
        chain.ChainPolicy.CustomTrustStore.Clear();
        chain.ChainPolicy.CustomTrustStore.Add(other);
        Assert.False(chain.Build(first));
    }
}
