using System.Net;
using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace ScaleUp.Tests.Topology;

/// <summary>Each tier exposes only the endpoints and credentials that its clients need.</summary>
[Collection(nameof(AppHostFixture))]
public sealed class IsolationTests(AppHostFixture topology)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/Health/")]
    [InlineData("//health")]
    [InlineData("/%68ealth")]
    [InlineData("/./health")]
    [InlineData("/x/../health")]
    [InlineData("/x/%2e%2e/health")]
    [InlineData("/health?x=/")]
    [InlineData("/metrics")]
    [InlineData("/stats")]
    [InlineData("/stats;csv")]
    [InlineData("/load-balancer-statistics")]
    [InlineData("/load-balancer-statistics;csv")]
    [InlineData("/internal/database")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/articles")]
    [InlineData("/articles?limit=1")]
    public async Task Visitors_reach_neither_health_nor_statistics_nor_the_api(string path)
    {
        foreach (var host in new[] { "localhost", "api", "health-check" })
        {
            var response = await SendRawAsync(path, host);
            Assert.Matches(@"^HTTP/1\.1 (404|400) ", response);
            Assert.DoesNotContain("\"items\"", response);
            Assert.DoesNotContain("Healthy", response);
        }
    }

    [Theory]
    [InlineData("web-1")]
    [InlineData("api-2")]
    public async Task Orchestrators_reach_health_and_liveness(string server)
    {
        using var http = topology.Application.CreateHttpClient(server, "http");

        Assert.Equal("Healthy", await http.GetStringAsync("/health", Cancellation));
        Assert.Equal("Healthy", await http.GetStringAsync("/alive", Cancellation));
    }

    [Fact]
    public async Task Operators_reach_health_metrics_and_statistics()
    {
        using var http = topology.Application.CreateHttpClient("lb-1", "operations");

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health", Cancellation)).StatusCode);
        var metrics = await http.GetStringAsync("/metrics", Cancellation);
        Assert.Contains("haproxy_server_status{proxy=\"web\",server=\"web-1\",state=\"UP\"} 1", metrics);
        Assert.Contains("haproxy_server_status{proxy=\"api\",server=\"api-3\",state=\"UP\"} 1", metrics);
        Assert.Contains("Statistics Report", await http.GetStringAsync("/stats", Cancellation));
    }

    [Theory]
    [InlineData("web-1")]
    [InlineData("web-2")]
    [InlineData("lb-1")]
    public void Only_the_api_has_credentials_for_the_database(string server)
    {
        var password = topology.SnapshotOf("api-1").EnvironmentVariables.Single(v => v.Name == "ConnectionStrings__scaleup").Value;
        Assert.Contains("Username=scaleup_api;Password=", password);

        Assert.DoesNotContain(topology.SnapshotOf(server).EnvironmentVariables, v =>
            v.Name.StartsWith("ConnectionStrings", StringComparison.OrdinalIgnoreCase) ||
            v.Value?.Contains("Password=", StringComparison.OrdinalIgnoreCase) == true);
    }

    [Theory]
    [InlineData("api-1")]
    [InlineData("web-1")]
    [InlineData("lb-1")]
    public async Task Only_PostgreSQL_has_the_password_of_its_superuser(string server)
    {
        var password = await topology.Resources.OfType<ParameterResource>().Single(p => p.Name == "postgres-password")
            .GetValueAsync(Cancellation);
        Assert.Contains(topology.SnapshotOf("postgres").EnvironmentVariables, v => v.Value == password);

        Assert.DoesNotContain(
            topology.SnapshotOf(server).EnvironmentVariables, v => v.Value?.Contains(password!, StringComparison.Ordinal) == true);
    }

    [Fact]
    public void The_web_servers_reach_the_api_through_both_load_balancers()
    {
        var endpoints = topology.SnapshotOf("web-1").EnvironmentVariables
            .Where(v => v.Name.StartsWith("services__api__http__", StringComparison.Ordinal))
            .Select(v => new Uri(v.Value!).Port).Order();

        Assert.Equal(new[] { "lb-1", "lb-2" }.Select(lb => topology.Application.GetEndpoint(lb, "api").Port).Order(), endpoints);
    }

    [Fact]
    public async Task Headers_that_name_a_server_are_not_accepted_from_clients()
    {
        // The page shows the load balancer's name; a forged header that got through would appear there.
        var response = await SendRawAsync("/", "localhost", "X-Forwarded-Server: intruder\r\nX-Served-By: intruder\r\n");

        Assert.DoesNotContain("intruder", response);
        Assert.Contains("<b>lb-1</b>", response);
    }

    // A raw socket, because HttpClient would normalize the path.
    private async Task<string> SendRawAsync(string path, string host, string headers = "")
    {
        var address = topology.WebsiteOf("lb-1");
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n"), Cancellation);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancellation);
    }
}
