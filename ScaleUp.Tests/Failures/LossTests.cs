using System.Diagnostics;
using System.Globalization;
using System.Net;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>What the system is for: a server goes, and nobody notices.</summary>
public sealed class LossTests(BreakableTopology topology) : IClassFixture<BreakableTopology>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("lb-1", "lb-2")]
    [InlineData("lb-2", "lb-1")]
    public async Task Stopping_a_load_balancer_leaves_the_website_where_it_was(string stopped, string other)
    {
        await topology.WaitUntilAllHealthyAsync();
        using var http = new HttpClient { BaseAddress = topology.Website };
        await http.GetStringAsync("/", Cancellation);

        await topology.ExecuteAsync(stopped, KnownResourceCommands.StopCommand);
        await topology.WaitForStateAsync(stopped, KnownResourceStates.Exited, KnownResourceStates.Finished);

        for (var i = 0; i < 20; i++)
        {
            // A visitor who was here before, and one who comes anew.
            using var newcomer = new HttpClient { BaseAddress = topology.Website };
            foreach (var visitor in new[] { http, newcomer })
            {
                var response = await visitor.GetAsync("/", Cancellation);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.StartsWith(other + ",", Assert.Single(response.Headers.GetValues("X-Served-By")));
            }
        }

        await topology.ExecuteAsync(stopped, KnownResourceCommands.StartCommand);
        await topology.WaitUntilAllHealthyAsync();
        using var direct = new HttpClient { BaseAddress = topology.WebsiteOf(stopped) };
        Assert.Equal(HttpStatusCode.OK, (await direct.GetAsync("/", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Killing_an_api_server_under_load_loses_no_request()
    {
        await topology.WaitUntilAllHealthyAsync();
        await using var load = SteadyLoad.Start(topology.Website);
        await load.ContinueForAsync(requests: 400);

        Kill("api-2");
        await topology.WaitForStateAsync("api-2", KnownResourceStates.Exited, KnownResourceStates.Finished);
        await load.ContinueForAsync(requests: 800);

        await topology.ExecuteAsync("api-2", KnownResourceCommands.StartCommand);
        await topology.WaitUntilHealthyAsync("api-2");
        await load.ContinueForAsync(requests: 400);
        await load.AssertNothingLostAsync();
    }

    [Theory]
    [InlineData("web-1")]
    [InlineData("api-1")]
    public async Task Stopping_a_server_under_load_loses_no_request(string server)
    {
        await topology.WaitUntilAllHealthyAsync();
        await using var load = SteadyLoad.Start(topology.Website);
        await load.ContinueForAsync(requests: 400);

        await topology.ExecuteAsync(server, KnownResourceCommands.StopCommand);
        await topology.WaitForStateAsync(server, KnownResourceStates.Exited, KnownResourceStates.Finished);
        await load.ContinueForAsync(requests: 400);

        await topology.ExecuteAsync(server, KnownResourceCommands.StartCommand);
        await topology.WaitUntilHealthyAsync(server);
        await load.AssertNothingLostAsync();
    }

    [Fact]
    public async Task A_server_that_was_told_to_stop_says_so_and_serves_on()
    {
        await topology.WaitUntilAllHealthyAsync();
        using var server = topology.Application.CreateHttpClient("web-2", "http");
        using var operations = topology.Application.CreateHttpClient("lb-1", "operations");

        var stopping = topology.ExecuteAsync("web-2", KnownResourceCommands.StopCommand);

        // First it says that it leaves ...
        Assert.Equal("Draining", await PollAsync(server, "/health", answer => answer != "Healthy"));
        // ... while it goes on serving what still comes ...
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/", Cancellation)).StatusCode);
        // ... and the load balancer has understood: it sends nothing new, but cuts nothing off either.
        await PollAsync(operations, "/metrics", answer =>
            answer.Contains("haproxy_server_status{proxy=\"web\",server=\"web-2\",state=\"NOLB\"} 1", StringComparison.Ordinal));

        await stopping;
        await topology.ExecuteAsync("web-2", KnownResourceCommands.StartCommand);
        await topology.WaitUntilHealthyAsync("web-2");
    }

    [Fact]
    public async Task Without_any_api_server_visitors_get_an_honest_page_and_the_load_balancers_say_so()
    {
        await topology.WaitUntilAllHealthyAsync();
        string[] servers = ["api-1", "api-2", "api-3"];
        await Task.WhenAll(servers.Select(s => topology.ExecuteAsync(s, KnownResourceCommands.StopCommand)));
        await Task.WhenAll(servers.Select(s => topology.WaitForStateAsync(s, KnownResourceStates.Exited, KnownResourceStates.Finished)));

        using var http = new HttpClient { BaseAddress = topology.Website };
        var response = await http.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Contains("Not available right now", await response.Content.ReadAsStringAsync(Cancellation));
        using var operations = topology.Application.CreateHttpClient("lb-1", "operations");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await operations.GetAsync("/health", Cancellation)).StatusCode);

        await Task.WhenAll(servers.Select(s => topology.ExecuteAsync(s, KnownResourceCommands.StartCommand)));
        await topology.WaitUntilAllHealthyAsync();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/", Cancellation)).StatusCode);
    }

    // Asks until the answer, of whatever status, is the one that is waited for.
    private static async Task<string> PollAsync(HttpClient http, string path, Predicate<string> isExpected)
    {
        var last = "";
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
            using var response = await http.GetAsync(path, Cancellation);
            last = await response.Content.ReadAsStringAsync(Cancellation);
            if (isExpected(last))
            {
                return last;
            }
        }

        Assert.Fail($"{path} did not give the expected answer in time. The last was:\n{last}");
        return last;
    }

    // Not asked to stop: gone, in the middle of its requests. What Aspire started may be `dotnet run` with the server as its child.
    private void Kill(string server)
    {
        var pid = topology.SnapshotOf(server).Properties.Single(p => p.Name == "executable.pid").Value;
        using var process = Process.GetProcessById(Convert.ToInt32(pid, CultureInfo.InvariantCulture));
        process.Kill(entireProcessTree: true);
    }
}
