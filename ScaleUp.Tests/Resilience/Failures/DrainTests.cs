using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>The commands in the dashboard that take a server out and back.</summary>
[Collection(nameof(DrillFixture))]
public sealed partial class DrainTests(DrillFixture topology)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drained_server_gets_no_request_and_no_request_is_lost()
    {
        await topology.RestoreAsync();
        await using var load = await ConstantLoad.StartAsync(topology.Website);
        await load.ContinueForAsync(seconds: 1);

        var result = await topology.ExecuteAsync("web-1", HAProxyCommands.Drain);
        Assert.Contains("web-1 gets no new requests", result.Message);
        await topology.WaitForStateAsync("web-1", state => state == "Drained");
        Assert.DoesNotContain("web-1", await ServersThatAnswerAsync());
        await load.ContinueForAsync(seconds: 1);

        await topology.ExecuteAsync("web-1", HAProxyCommands.Return);
        await topology.WaitForStateAsync("web-1", state => state == KnownResourceStates.Running);
        // Its share may grow from nearly nothing.
        await Eventually.TrueAsync(async () => (await ServersThatAnswerAsync()).Contains("web-1"), topology.DescribeAllAsync);
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
    }

    [Fact]
    public async Task A_server_that_drains_shows_how_many_requests_it_still_has_and_ends_them()
    {
        await topology.RestoreAsync();
        // Requests that are not repeated elsewhere stay with a server that does not answer. Some get to the other one, so they are sent until one stays.
        topology.Pause("web-1");
        var (posts, status) = (new List<Task<string>>(), "");
        await Eventually.TrueAsync(async () =>
        {
            posts.Add(PostAsync());
            return RequestsAtWeb1().IsMatch(status = await StatusAsync("lb-1"));
        }, () => Task.FromResult($"No request of {posts.Count} stayed with web-1:\n{status}"));

        await topology.ExecuteAsync("web-1", HAProxyCommands.Drain);
        await topology.WaitForStateAsync("web-1", state => state?.StartsWith("Draining (", StringComparison.Ordinal) == true && state.EndsWith(" in flight)", StringComparison.Ordinal));

        topology.Resume("web-1");
        await topology.WaitForStateAsync("web-1", state => state == "Drained");
        Assert.All(await Task.WhenAll(posts), answer => Assert.DoesNotContain(" 50", answer));
    }

    [Fact]
    public async Task A_drained_server_stays_so_for_a_load_balancer_that_was_away_or_reloaded()
    {
        await topology.RestoreAsync();
        await topology.ExecuteAsync("lb-1", KnownResourceCommands.StopCommand);
        await topology.WaitUntilStoppedAsync("lb-1");

        var result = await topology.ExecuteAsync("api-1", HAProxyCommands.Drain);
        Assert.Contains("lb-1 does not answer", result.Message);
        Assert.Contains("It will be updated when it answers again.", result.Message);

        await topology.ExecuteAsync("lb-1", KnownResourceCommands.StartCommand);
        await topology.WaitUntilHealthyAsync("lb-1");
        await WaitForStatusAsync("lb-1", "| api-1 | DRAIN |");
        await topology.ExecuteAsync("lb-1", HAProxyCommands.Reload);
        await WaitForStatusAsync("lb-1", "| api-1 | DRAIN |");

        await topology.ExecuteAsync("api-1", HAProxyCommands.Return);
        await WaitForStatusAsync("lb-1", "| api-1 | UP |");
        await WaitForStatusAsync("lb-2", "| api-1 | UP |");
    }

    [Fact]
    public async Task The_last_server_of_a_tier_can_not_be_drained()
    {
        await topology.RestoreAsync();
        await topology.ExecuteAsync("web-1", HAProxyCommands.Drain);
        // By this state the next test knows what to put right, and it is shown a moment later.
        await topology.WaitForStateAsync("web-1", state => state == "Drained");

        var result = await topology.TryExecuteAsync("web-2", HAProxyCommands.Drain);

        Assert.False(result.Success);
        Assert.Contains("web-2 is the only available server of web", result.Message);
        using var http = Browser.Open(topology.Website);
        Assert.True((await http.GetAsync("/", Cancellation)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_command_says_so_if_no_load_balancer_is_there()
    {
        await topology.RestoreAsync();
        await Task.WhenAll(topology.ExecuteAsync("lb-1", KnownResourceCommands.StopCommand), topology.ExecuteAsync("lb-2", KnownResourceCommands.StopCommand));
        await Task.WhenAll(topology.WaitUntilStoppedAsync("lb-1"), topology.WaitUntilStoppedAsync("lb-2"));

        var drain = await topology.TryExecuteAsync("web-1", HAProxyCommands.Drain);
        var reload = await topology.TryExecuteAsync("lb-1", HAProxyCommands.Reload);

        Assert.False(drain.Success);
        Assert.False(reload.Success);
        Assert.Contains("lb-1 does not answer", reload.Message);
        Assert.Equal(KnownResourceStates.Running, topology.SnapshotOf("web-1").State?.Text);
    }

    [Fact]
    public async Task Reloading_the_configuration_under_load_loses_no_request()
    {
        await topology.RestoreAsync();
        await using var load = await ConstantLoad.StartAsync(topology.Website);

        foreach (var loadBalancer in new[] { "lb-1", "lb-2", "lb-1" })
        {
            await load.ContinueForAsync(seconds: 1);
            await topology.ExecuteAsync(loadBalancer, HAProxyCommands.Reload);
        }

        await load.ContinueForAsync(seconds: 1);
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
    }

    private async Task<IReadOnlySet<string>> ServersThatAnswerAsync()
    {
        var servers = new HashSet<string>();
        foreach (var loadBalancer in new[] { "lb-1", "lb-2" })
        {
            using var http = Browser.Open(topology.WebsiteOf(loadBalancer));
            for (var i = 0; i < 40; i++)
            {
                using var response = await http.GetAsync("/favicon.svg", Cancellation);
                Assert.True(response.IsSuccessStatusCode, $"{loadBalancer} answered {(int)response.StatusCode} after {i} good answers.\n{await StatusAsync(loadBalancer)}");
                servers.Add(response.Headers.GetValues("X-Served-By").Single().Split(", ")[1]);
            }
        }

        return servers;
    }

    private async Task WaitForStatusAsync(string loadBalancer, string line)
    {
        var status = "";
        await Eventually.TrueAsync(async () =>
        {
            status = await StatusAsync(loadBalancer);
            return status.Contains(line, StringComparison.Ordinal);
        }, () => Task.FromResult($"{loadBalancer} never said '{line}'. The last was:\n{status}"));
    }

    private async Task<string> StatusAsync(string loadBalancer)
    {
        var result = await topology.TryExecuteAsync(loadBalancer, HAProxyCommands.Status);
        return result.Data?.Value ?? result.Message ?? "";
    }

    private async Task<string> PostAsync()
    {
        var response = await RawClient.SendAsync(topology.WebsiteOf("lb-1").Port, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return response.Text.Split('\r')[0];
    }

    // Of the table of servers: name, state, requests in flight.
    [GeneratedRegex(@"\| web-1 \| [^|]+ \| [1-9]\d* \|")]
    private static partial Regex RequestsAtWeb1();
}
