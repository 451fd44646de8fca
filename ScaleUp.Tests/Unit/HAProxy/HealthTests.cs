using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The health check of a load balancer reports which servers are down, and why.</summary>
public sealed class HealthTests
{
    private static readonly HAProxyFrontend s_api = new("api", 8081, IsPublic: false, new("api", [new("api-1"), new("api-2")]));
    private static readonly HAProxyFrontend s_web = new("public", 8080, IsPublic: true,
        new("web", [new("web-1"), new("web-2"), new("web-3") { IsStandby = true }]));

    private static readonly Dictionary<string, string> s_allUp = new()
    {
        ["api-1"] = "UP,,Layer7 check passed",
        ["api-2"] = "UP,,Layer7 check passed",
        ["web-1"] = "UP,,Layer7 check passed",
        ["web-2"] = "UP,,Layer7 check passed",
        ["web-3"] = "UP,,Layer7 check passed",
    };

    private const string ConnectionRefused = "DOWN,Connection refused,Layer4 connection problem";

    [Fact]
    public void With_every_server_up_it_is_healthy() =>
        Check(HealthStatus.Healthy, "Available servers: api 2, web 3", []);

    [Fact]
    public void With_one_server_down_it_is_degraded_and_names_the_server_and_the_reason() => Check(HealthStatus.Degraded,
        "web-2 is down (Layer4 connection problem: Connection refused)",
        new() { ["web-2"] = ConnectionRefused });

    [Fact]
    public void Every_server_that_is_down_is_named() => Check(HealthStatus.Degraded,
        "api-1 is down (Layer4 connection problem: Connection refused); web-2 is down (Layer7 timeout)",
        new() { ["api-1"] = ConnectionRefused, ["web-2"] = "DOWN,,Layer7 timeout" });

    [Fact]
    public void A_tier_without_an_available_server_is_named() => Check(HealthStatus.Unhealthy,
        "No server is available for api. api-1 is down (Layer4 connection problem: Connection refused); "
        + "api-2 is down (Layer4 connection problem: Connection refused)",
        new() { ["api-1"] = ConnectionRefused, ["api-2"] = ConnectionRefused });

    [Fact]
    public void Two_tiers_without_an_available_server_are_both_named() => Check(HealthStatus.Unhealthy,
        "No server is available for api and web.",
        s_allUp.Keys.ToDictionary(name => name, _ => (string?)"DRAIN,,Layer7 check passed"));

    [Theory]
    [InlineData("DOWN,Connection refused,Layer4 connection problem")]
    [InlineData("MAINT (resolution),,")]
    public void A_standby_server_that_is_not_running_does_not_degrade_health(string standby) =>
        Check(HealthStatus.Healthy, "Available servers: api 2, web 2", new() { ["web-3"] = standby });

    [Fact]
    public void A_running_standby_server_keeps_its_tier_available() => Check(HealthStatus.Degraded,
        "web-1 is down (Layer4 connection problem: Connection refused); web-2 is down (Layer4 connection problem: Connection refused)",
        new() { ["web-1"] = ConnectionRefused, ["web-2"] = ConnectionRefused });

    [Theory]
    [InlineData("DRAIN,,Layer7 check passed")] // Drained by an operator.
    [InlineData("NOLB,,Layer7 check conditionally passed")] // Shutting down.
    public void A_draining_server_is_not_down(string status) =>
        Check(HealthStatus.Healthy, "Available servers: api 1, web 3", new() { ["api-1"] = status });

    [Fact]
    public void A_tier_whose_last_server_drains_is_unavailable() => Check(HealthStatus.Unhealthy,
        "No server is available for api. api-2 is down (Layer4 connection problem: Connection refused)",
        new() { ["api-1"] = "NOLB,,Layer7 check conditionally passed", ["api-2"] = ConnectionRefused });

    [Fact]
    public void A_server_with_too_few_failed_checks_to_be_down_still_takes_requests() =>
        Check(HealthStatus.Healthy, "Available servers: api 2, web 3", new() { ["api-1"] = "UP 1/3,,Layer7 timeout" });

    [Fact]
    public void A_server_whose_name_does_not_resolve_is_down() =>
        Check(HealthStatus.Degraded, "api-1 is down (its name does not resolve)", new() { ["api-1"] = "MAINT (resolution),," });

    [Fact]
    public void A_server_in_maintenance_is_down() =>
        Check(HealthStatus.Degraded, "api-1 is down (MAINT)", new() { ["api-1"] = "MAINT,," });

    [Fact]
    public void A_server_unknown_to_the_load_balancer_is_down() =>
        Check(HealthStatus.Degraded, "api-2 is down (unknown to the load balancer)", new() { ["api-2"] = null });

    /// <summary>Evaluates health with all servers up except those given; null removes the server from the statistics.</summary>
    private static void Check(HealthStatus status, string description, Dictionary<string, string?> exceptions)
    {
        var lines = s_allUp.Keys
            .Select(name => (Name: name, State: exceptions.GetValueOrDefault(name, s_allUp[name])))
            .Where(server => server.State is not null)
            .Select(server => $"{server.Name.Split('-')[0]},{server.Name},{server.State}\n");
        var statistics = HAProxyStatistics.Parse("# pxname,svname,status,last_chk,check_desc\n" + string.Concat(lines));

        var result = HAProxyHealthCheck.Evaluate([s_api, s_web], statistics);

        Assert.Equal((status, description), (result.Status, result.Description));
    }
}
