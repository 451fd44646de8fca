using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>The dashboard commands that drain servers and return them to service.</summary>
[Collection(nameof(DrillFixture))]
public sealed partial class DrainTests(DrillFixture topology)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drained_server_receives_no_requests_and_no_request_is_lost()
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
        // With slow start, its share of the requests grows gradually.
        await Eventually.TrueAsync(async () => (await ServersThatAnswerAsync()).Contains("web-1"), topology.DescribeAllAsync);
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
    }

    [Fact]
    public async Task A_draining_server_shows_its_requests_in_flight_and_completes_them()
    {
        await topology.RestoreAsync();
        // POST requests are not retried, so they stay at a hung server. The other server gets some of them, so the test sends requests
        // until one stays.
        topology.Pause("web-1");
        var (posts, status) = (new List<Task<string>>(), "");
        await Eventually.TrueAsync(async () =>
        {
            posts.Add(PostAsync());
            return RequestsAtWeb1().IsMatch(status = await StatusAsync("lb-1"));
        }, () => Task.FromResult($"None of {posts.Count} requests stayed at web-1:\n{status}"));

        await topology.ExecuteAsync("web-1", HAProxyCommands.Drain);
        await topology.WaitForStateAsync("web-1", state => state?.StartsWith("Draining (", StringComparison.Ordinal) == true &&
            state.EndsWith(" in flight)", StringComparison.Ordinal));

        topology.Resume("web-1");
        await topology.WaitForStateAsync("web-1", state => state == "Drained");
        Assert.All(await Task.WhenAll(posts), answer => Assert.DoesNotContain(" 50", answer));
    }

    [Fact]
    public async Task A_drained_server_stays_drained_after_a_load_balancer_restarts_or_reloads()
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
    public async Task The_last_available_server_of_a_tier_cannot_be_drained()
    {
        await topology.RestoreAsync();
        await topology.ExecuteAsync("web-1", HAProxyCommands.Drain);
        // The fixture restores drained servers by this state, which appears with a short delay.
        await topology.WaitForStateAsync("web-1", state => state == "Drained");

        var result = await topology.TryExecuteAsync("web-2", HAProxyCommands.Drain);

        Assert.False(result.Success);
        Assert.Contains("web-2 is the only available server of web", result.Message);
        using var http = Browser.Open(topology.Website);
        Assert.True((await http.GetAsync("/", Cancellation)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_command_fails_with_a_clear_message_if_no_load_balancer_is_running()
    {
        await topology.RestoreAsync();
        await Task.WhenAll(topology.ExecuteAsync("lb-1", KnownResourceCommands.StopCommand),
            topology.ExecuteAsync("lb-2", KnownResourceCommands.StopCommand));
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
                Assert.True(response.IsSuccessStatusCode,
                    $"{loadBalancer} answered {(int)response.StatusCode} after {i} successful responses.\n" +
                    $"{await StatusAsync(loadBalancer)}");
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
        }, () => Task.FromResult($"{loadBalancer} never reported '{line}'. The last status was:\n{status}"));
    }

    private async Task<string> StatusAsync(string loadBalancer)
    {
        var result = await topology.TryExecuteAsync(loadBalancer, HAProxyCommands.Status);
        return result.Data?.Value ?? result.Message ?? "";
    }

    private async Task<string> PostAsync()
    {
        var response = await RawClient.SendAsync(
            topology.WebsiteOf("lb-1").Port, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return response.Text.Split('\r')[0];
    }

    // Matches the server table's columns name, state and requests in flight.
    [GeneratedRegex(@"\| web-1 \| [^|]+ \| [1-9]\d* \|")]
    private static partial Regex RequestsAtWeb1();
}
