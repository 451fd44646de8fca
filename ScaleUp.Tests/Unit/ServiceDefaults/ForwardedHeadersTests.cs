using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>Servers accept forwarded headers from trusted proxies only.</summary>
public sealed class ForwardedHeadersTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10.0.0.0/8;::1/128")]
    public async Task Forwarded_headers_of_an_untrusted_client_are_ignored(string? trusted)
    {
        var (seen, host) = await SendAsync(trusted, "203.0.113.9");

        Assert.Equal($"127.0.0.1 http {host}", seen);
    }

    [Theory]
    [InlineData("127.0.0.0/8")]
    [InlineData(" 10.0.0.0/8 ; 127.0.0.1/32 ")]
    public async Task Forwarded_headers_of_a_trusted_proxy_are_used(string trusted)
    {
        var (seen, _) = await SendAsync(trusted, "203.0.113.9");

        Assert.Equal("203.0.113.9 https shop.example", seen);
    }

    [Fact]
    public async Task Only_the_last_address_in_X_Forwarded_For_comes_from_the_trusted_proxy()
    {
        var (seen, _) = await SendAsync("127.0.0.0/8", "198.51.100.66, 203.0.113.9");

        Assert.StartsWith("203.0.113.9 ", seen);
    }

    [Fact]
    public async Task Behind_several_trusted_proxies_the_client_is_the_last_untrusted_address()
    {
        var (seen, _) = await SendAsync("127.0.0.0/8;10.0.0.0/8", "198.51.100.66, 203.0.113.9, 10.1.2.3");

        Assert.StartsWith("203.0.113.9 ", seen);
    }

    [Theory]
    [InlineData("load-balancer")]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.0/33")]
    public void An_invalid_network_fails_startup(string value)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Build($"10.0.0.0/8;{value}"));

        Assert.Equal($"TrustedProxies contains '{value}'; it must be a network such as 10.1.0.0/16.", exception.Message);
    }

    /// <summary>Sends a request from 127.0.0.1.</summary>
    /// <returns>The client address, scheme and host that the server sees, and the server's own host.</returns>
    private static async Task<(string Seen, string OwnHost)> SendAsync(string? trusted, string forwardedFor)
    {
        await using var server = Build(trusted);
        server.UseServiceDefaults();
        server.MapDefaultEndpoints();
        server.MapGet("/", (HttpContext context) =>
            $"{context.Connection.RemoteIpAddress} {context.Request.Scheme} {context.Request.Host}");
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
