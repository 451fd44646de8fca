using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>The purpose of the system: the loss of a server is invisible to visitors.</summary>
[Collection(nameof(DrillFixture))]
public sealed class LossTests(DrillFixture topology)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("lb-1", "lb-2")]
    [InlineData("lb-2", "lb-1")]
    public async Task Stopping_a_load_balancer_keeps_the_website_available_at_its_address(string stopped, string other)
    {
        await topology.RestoreAsync();
        using var http = Browser.Open(topology.Website);
        await http.GetStringAsync("/", Cancellation);

        var stop = topology.ExecuteAsync(stopped, KnownResourceCommands.StopCommand);
        await WaitUntilRefusedAsync(topology.WebsiteOf(stopped));
        await stop;
        await topology.WaitUntilStoppedAsync(stopped);

        for (var i = 0; i < 20; i++)
        {
            // One visitor with a kept-alive connection, and one new visitor.
            using var newcomer = Browser.Open(topology.Website);
            foreach (var visitor in new[] { http, newcomer })
            {
                var response = await visitor.GetAsync("/", Cancellation);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.StartsWith(other + ",", Assert.Single(response.Headers.GetValues("X-Served-By")));
            }
        }

        await topology.ExecuteAsync(stopped, KnownResourceCommands.StartCommand);
        await topology.WaitUntilAllHealthyAsync();
        using var direct = Browser.Open(topology.WebsiteOf(stopped));
        Assert.Equal(HttpStatusCode.OK, (await direct.GetAsync("/", Cancellation)).StatusCode);
    }

    /// <summary>Opens new connections until the port refuses them, which makes browsers use the other address.</summary>
    private Task<TimeSpan> WaitUntilRefusedAsync(Uri address) => Eventually.TrueAsync(
        async () =>
        {
            using var newcomer = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
            try
            {
                using var response = await newcomer.GetAsync(address, Cancellation);
                return false;
            }
            catch (HttpRequestException exception)
            {
                // Docker's port forwarding outlives the container for a moment; it accepts connections and resets them.
                return exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            }
        },
        async () => "New connections were neither served nor refused, so browsers could not use the other load balancer. " +
            $"{await topology.DescribeAllAsync()}");

    [Fact]
    public async Task Killing_an_api_server_under_load_loses_no_request()
    {
        await topology.RestoreAsync();
        await using var load = await ConstantLoad.StartAsync(topology.Website);
        await load.ContinueForAsync(seconds: 2);

        topology.Kill("api-2");
        await topology.WaitUntilStoppedAsync("api-2");
        await load.ContinueForAsync(seconds: 4);

        await topology.ExecuteAsync("api-2", KnownResourceCommands.StartCommand);
        await topology.WaitUntilHealthyAsync("api-2");
        await load.ContinueForAsync(seconds: 2);
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
    }

    [Theory]
    [InlineData("web-1")]
    [InlineData("api-1")]
    public async Task Stopping_a_server_under_load_loses_no_request(string server)
    {
        await topology.RestoreAsync();
        await using var load = await ConstantLoad.StartAsync(topology.Website);
        await load.ContinueForAsync(seconds: 2);

        await topology.ExecuteAsync(server, KnownResourceCommands.StopCommand);
        await topology.WaitUntilStoppedAsync(server);
        await load.ContinueForAsync(seconds: 2);

        await topology.ExecuteAsync(server, KnownResourceCommands.StartCommand);
        await topology.WaitUntilHealthyAsync(server);
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
    }

    [Fact]
    public async Task A_terminating_server_fails_readiness_and_keeps_serving_requests()
    {
        await topology.RestoreAsync();
        using var server = topology.Application.CreateHttpClient("web-2", "http");
        var loadBalancerNotified = topology.WaitForNewLogAsync(["lb-1"], "Server web/web-2 is stopping");

        var stopping = topology.ExecuteAsync("web-2", KnownResourceCommands.StopCommand);

        // First, readiness fails ...
        Assert.Equal("Draining", await PollAsync(server, "/health", answer => answer != "Healthy"));
        // ... while the server still handles requests ...
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/favicon.svg", Cancellation)).StatusCode);
        // ... and the load balancer drains it: no new requests, but those in flight complete.
        await loadBalancerNotified;
        await stopping;
    }

    // Polls until the response body, with any status, satisfies the predicate.
    private static async Task<string> PollAsync(HttpClient http, string path, Predicate<string> isExpected)
    {
        var last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                using var response = await http.GetAsync(path, Cancellation);
                return isExpected(last = await response.Content.ReadAsStringAsync(Cancellation));
            },
            () => Task.FromResult($"{path} did not return the expected response. The last one was:\n{last}"));
        return last;
    }
}
