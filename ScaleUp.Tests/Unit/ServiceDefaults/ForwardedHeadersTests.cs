using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>Who the visitor is, a load balancer says; from anybody else it is a claim, which a server does not take.</summary>
public sealed class ForwardedHeadersTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10.0.0.0/8;::1/128")]
    public async Task What_somebody_else_claims_is_not_taken(string? trusted)
    {
        var (seen, host) = await AskAsync(trusted, "203.0.113.9");

        Assert.Equal($"127.0.0.1 http {host}", seen);
    }

    [Theory]
    [InlineData("127.0.0.0/8")]
    [InlineData(" 10.0.0.0/8 ; 127.0.0.1/32 ")]
    public async Task What_a_load_balancer_says_is_taken(string trusted)
    {
        var (seen, _) = await AskAsync(trusted, "203.0.113.9");

        Assert.Equal("203.0.113.9 https shop.example", seen);
    }

    [Fact]
    public async Task Only_the_last_word_is_a_load_balancers_own()
    {
        var (seen, _) = await AskAsync("127.0.0.0/8", "198.51.100.66, 203.0.113.9");

        Assert.StartsWith("203.0.113.9 ", seen);
    }

    [Fact]
    public async Task Behind_a_load_balancer_and_an_ingress_the_visitor_is_who_neither_of_them_is()
    {
        var (seen, _) = await AskAsync("127.0.0.0/8;10.0.0.0/8", "198.51.100.66, 203.0.113.9, 10.1.2.3");

        Assert.StartsWith("203.0.113.9 ", seen);
    }

    [Theory]
    [InlineData("load-balancer")]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.0/33")]
    public void A_server_that_was_told_no_network_does_not_start(string value)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Build($"10.0.0.0/8;{value}"));

        Assert.Equal($"TrustedProxies contains '{value}'; it must be a network such as 10.1.0.0/16.", exception.Message);
    }

    /// <summary>What a server sees of a request from 127.0.0.1: the client's address, the scheme and the host.</summary>
    private static async Task<(string Seen, string OwnHost)> AskAsync(string? trusted, string forwardedFor)
    {
        await using var server = Build(trusted);
        server.UseServiceDefaults();
        server.MapDefaultEndpoints();
        server.MapGet("/", (HttpContext context) => $"{context.Connection.RemoteIpAddress} {context.Request.Scheme} {context.Request.Host}");
        await server.StartAsync(TestContext.Current.CancellationToken);

        using var http = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "shop.example");
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), http.BaseAddress.Authority);
    }

    private static WebApplication Build(string? trusted)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["TrustedProxies"] = trusted,
            ["Drain:Delay"] = "00:00:00",
        });
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        return builder.Build();
    }
}
