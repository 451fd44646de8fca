using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using ScaleUp.AppHost;
using ScaleUp.Tests.HAProxy;
using static ScaleUp.Tests.HAProxy.ApplicationModel;

namespace ScaleUp.Tests.PostgresCluster;

/// <summary>The resources of a PostgreSQL cluster in the application model, without starting them.</summary>
public sealed class ClusterModelTests
{
    private readonly IDistributedApplicationBuilder _builder = NewBuilder();

    [Fact]
    public async Task Each_member_has_its_own_volume_and_knows_all_members()
    {
        var cluster = _builder.AddPostgresCluster("db", 3).WithImage("example.com/postgres-cluster:17").WithDataVolume("data");
        cluster.AddDatabase("shop");

        Assert.Equal(["db-1", "db-2", "db-3"], cluster.Resource.Members.Select(member => member.Name));
        foreach (var (i, member) in cluster.Resource.Members.Index())
        {
            var mount = Assert.Single(member.Annotations.OfType<ContainerMountAnnotation>());
            var environment = await member.EnvironmentAsync(_builder);
            Assert.Equal(($"data-{i + 1}", "/var/lib/postgresql/data"), (mount.Source, mount.Target));
            Assert.Equal("db-1 db-2 db-3", environment["CLUSTER_MEMBERS"]);
            Assert.Equal("shop", environment["CLUSTER_DATABASES"]);
            Assert.Equal(member.Name, environment["PATRONI_NAME"]);
            Assert.Equal("db", member.Parent());
            Assert.Equal(["switch-over", "restart-postgres", "reinitialise"], member.Commands());
            Assert.Empty(member.Annotations.OfType<DockerfileBuildAnnotation>());
            Assert.Contains("--cap-drop=ALL", await member.RuntimeArgumentsAsync());
        }
    }

    [Fact]
    public async Task All_passwords_are_secret_and_different()
    {
        var member = _builder.AddPostgresCluster("db").Resource.Members[0];

        var environment = await member.EnvironmentAsync(_builder);

        var passwords = environment.Where(variable => variable.Key.EndsWith("_PASSWORD", StringComparison.Ordinal))
            .Select(variable => variable.Value)
            .ToArray();
        Assert.Equal(3, passwords.Length);
        Assert.Equal(3, passwords.OfType<ParameterResource>().Where(parameter => parameter.Secret).Distinct().Count());
    }

    [Fact]
    public void No_two_resources_share_a_health_check()
    {
        // Aspire shows a check that a database shares with its cluster as pending forever, and nothing that waits for the database starts.
        var cluster = _builder.AddPostgresCluster("db");
        cluster.AddDatabase("shop");
        cluster.AddDatabase("blog");

        var checks = _builder.Resources.SelectMany(resource => resource.Annotations.OfType<HealthCheckAnnotation>())
            .Select(check => check.Key)
            .ToArray();

        Assert.Equal(6, checks.Length);
        Assert.Equal(checks, checks.Distinct());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void Other_numbers_of_members_are_rejected(int members) =>
        Assert.Contains(
            "3 or 5 members",
            Assert.Throws<ArgumentOutOfRangeException>(() => _builder.AddPostgresCluster("db", members)).Message);

    [Fact]
    public void Database_names_that_need_quoting_are_rejected() =>
        Assert.Contains(
            "letters, digits",
            Assert.Throws<ArgumentException>(() => _builder.AddPostgresCluster("db").AddDatabase("shop", "a shop")).Message);

    [Fact]
    public void Clients_find_the_primary_among_the_members_or_through_the_load_balancers()
    {
        var cluster = _builder.AddPostgresCluster("db");
        var database = cluster.AddDatabase("shop");
        var loadBalancers = _builder.AddHAProxyCluster("lb");

        var direct = cluster.Resource.ConnectionStringExpression.ValueExpression;
        loadBalancers.WithDatabase(database);
        var balanced = cluster.Resource.ConnectionStringExpression.ValueExpression;

        Assert.Contains("{db-1.bindings.tcp.", direct);
        Assert.Contains(";Target Session Attributes=primary", direct);
        Assert.Contains("{lb-1.bindings.db.", balanced);
        Assert.Contains(",{lb-2.bindings.db.", balanced);
        Assert.DoesNotContain("db-1", balanced);
        Assert.Contains("Host Recheck Seconds=1", balanced);
    }

    [Fact]
    public void A_tcp_frontend_with_a_name_in_use_is_rejected()
    {
        var cluster = _builder.AddPostgresCluster("db");
        var database = cluster.AddDatabase("shop");
        var loadBalancers = _builder.AddHAProxyCluster("lb").WithDatabase(database);

        var duplicate = Assert.Throws<DistributedApplicationException>(() => loadBalancers.WithDatabase(database));
        var reserved = Assert.Throws<DistributedApplicationException>(
            () => loadBalancers.AddTcpFrontend("peers", cluster.Resource.Members, 5432, new HAProxyTcpCheck(8008, "/primary")));

        Assert.Contains("already has a frontend 'db'", duplicate.Message);
        Assert.Contains("'peers'", reserved.Message);
    }

    [Fact]
    public void Publishing_a_cluster_is_rejected_and_the_error_names_the_alternatives()
    {
        var builder = DistributedApplication.CreateBuilder(
            ["--operation", "publish", "--DcpPublisher:CliPath=none", "--DcpPublisher:DashboardPath=none"]);

        var exception = Assert.Throws<DistributedApplicationException>(() => builder.AddPostgresCluster("db"));

        Assert.Contains("Postgres:Members=1", exception.Message);
        Assert.Contains("Postgres:External=true", exception.Message);
    }

    [Theory]
    [InlineData("Postgres:Members", "0", "from 1 to 5")]
    [InlineData("Postgres:Members", "2", "must be 1, 3 or 5")]
    [InlineData("Postgres:Members", "three", "from 1 to 5")]
    [InlineData("Images:PostgresCluster", "postgres cluster", "or empty to build it")]
    public void An_invalid_setting_is_rejected_with_the_valid_values(string name, string value, string expected)
    {
        var exception = Assert.Throws<TopologyOptionsException>(() => Read(new() { [name] = value }));

        Assert.Contains($"{name} is '{value}'", exception.Message);
        Assert.Contains(expected, exception.Message);
    }

    [Fact]
    public void A_cluster_cannot_be_combined_with_an_external_server()
    {
        var exception = Assert.Throws<TopologyOptionsException>(
            () => Read(new() { ["Postgres:Members"] = "3", ["Postgres:External"] = "true" }));

        Assert.Contains("Postgres:External is true", exception.Message);
    }

    [Fact]
    public void The_default_is_a_single_server()
    {
        var options = Read([]);

        Assert.Equal(1, options.Members);
        Assert.Null(options.ClusterImage);
    }

    [Fact]
    public async Task The_app_host_starts_as_many_members_as_the_setting_says()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            ["--Postgres:Members=5", "--Postgres:Volume=data", "--LoadBalancer:Port=0"], TestContext.Current.CancellationToken);

        Assert.Equal(5, builder.Resources.OfType<PostgresMemberResource>().Count());
        Assert.DoesNotContain(builder.Resources, resource => resource is PostgresServerResource);
        Assert.Equal(
            ["postgres-1", "postgres-2", "postgres-3", "postgres-4", "postgres-5"],
            Assert.Single(builder.Resources.OfType<HAProxyClusterResource>().Single().TcpFrontends).Servers);
    }

    [Fact]
    public async Task Application_servers_connect_to_a_cluster_by_their_own_roles()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            ["--Postgres:Members=3", "--LoadBalancer:Port=0"], TestContext.Current.CancellationToken);
        var api = builder.Resources.Single(resource => resource.Name == "api-1");

        var environment = await api.EnvironmentAsync(builder);

        var requests = Assert.IsType<ReferenceExpression>(environment["ConnectionStrings__scaleup"]).ValueExpression;
        var migrations = Assert.IsType<ReferenceExpression>(environment["ConnectionStrings__migrations"]).ValueExpression;
        Assert.Contains("{lb-1.bindings.postgres.", requests);
        Assert.Contains("Username=scaleup_api;Password={postgres-api-password.value};Database=scaleup", requests);
        Assert.Contains("Username=scaleup_owner;Password={postgres-owner-password.value};Database=scaleup", migrations);
        Assert.DoesNotContain("{postgres-password.value}", requests + migrations);
    }

    private static PostgresOptions Read(Dictionary<string, string?> settings) =>
        new TopologyOptionsReader(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Read().Postgres;
}
