using Aspire.Hosting.ApplicationModel;

namespace ScaleUp.Tests.Topology;

[Collection(nameof(AppHostFixture))]
public sealed class ResourceTests(AppHostFixture topology)
{
    [Fact]
    public async Task All_tiers_exist_and_are_healthy()
    {
        await topology.WaitUntilAllHealthyAsync();

        Assert.Equal(
            new[]
            {
                "api", "api-1", "api-2", "api-3", "lb", "lb-1", "lb-2", "lb-api", "lb-public", "postgres", "scaleup", "web", "web-1", "web-2",
            }.Order(StringComparer.Ordinal),
            topology.Servers.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("web-1", "web")]
    [InlineData("api-3", "api")]
    [InlineData("lb-2", "lb")]
    [InlineData("lb-public", "lb")]
    public void Each_server_is_a_child_of_its_tier(string server, string tier)
    {
        var relationship = Assert.Single(topology.SnapshotOf(server).Relationships, r => r.Type == "Parent");
        Assert.Equal(tier, relationship.ResourceName);
    }

    [Fact]
    public void The_database_password_is_a_secret()
    {
        var password = Assert.Single(topology.Resources.OfType<ParameterResource>(), p => p.Name == "postgres-password");
        Assert.True(password.Secret);
    }

    [Theory]
    [InlineData("api-1")]
    [InlineData("api-2")]
    [InlineData("api-3")]
    public async Task Servers_that_start_together_apply_migrations_and_seed_without_conflict(string server)
    {
        // Each server applies pending migrations and the seed; a lock serializes them.
        await topology.WaitForLogAsync(server, "this server is ready");

        // Later lines are caused by other tests.
        var log = string.Join('\n',
            (await topology.ReadLogAsync(server)).TakeWhile(line => !line.Contains("this server is ready", StringComparison.Ordinal)));
        Assert.False(log.Contains("Applying migrations failed", StringComparison.Ordinal) ||
            log.Contains("saving changes", StringComparison.Ordinal), log);
    }
}
