using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>What visitors read whom no server has answered.</summary>
[Integration]
public sealed class ErrorPageTests
{
    private const string Page = "<!DOCTYPE html>\n<p class=\"a\">Nobody is there: 100 % of them, #1 \\ {x} ${HOME} at all</p>\n";
    private const string Sent = "<!DOCTYPE html> <p class=\"a\">Nobody is there: 100 % of them, #1 \\ {x} ${HOME} at all</p>";

    [Fact]
    public async Task Visitors_get_the_page_and_other_tiers_do_not()
    {
        await using var cluster = await HAProxyCluster.StartAsync(HAProxyCluster.TwoTiers(new HAProxySettings { ErrorPage = Page, LastResort = false }));
        foreach (var origin in cluster.Origins)
        {
            origin.State = OriginState.Refusing;
        }

        var visitor = await AskUntilRefusedAsync(cluster.Public());
        var tier = await AskUntilRefusedAsync(cluster.Internal());

        Assert.Equal((503, Sent, "2", "text/html; charset=utf-8"), (visitor.Status, visitor.Body, visitor.Header("Retry-After"), visitor.Header("Content-Type")));
        Assert.DoesNotContain("Nobody is there", tier.Text);
    }

    [Fact]
    public async Task A_tier_that_hangs_is_told_in_the_same_words()
    {
        var settings = new HAProxySettings { ErrorPage = Page, Retries = 0 };
        await using var cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(settings));
        foreach (var origin in cluster.Origins)
        {
            origin.Behaviour = RawOrigin.Hang;
        }

        var answer = await RawClient.SendAsync(cluster.Public(), "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.Equal((504, Sent), (answer.Status, answer.Body));
    }

    private static async Task<RawResponse> AskUntilRefusedAsync(int port)
    {
        RawResponse? answer = null;
        await Eventually.TrueAsync(async () => (answer = await RawClient.SendAsync(port, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")).Status == 503,
            () => Task.FromResult($"The last answer was {answer?.Text}."));
        return answer!;
    }
}
