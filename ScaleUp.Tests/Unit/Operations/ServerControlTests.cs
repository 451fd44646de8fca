using System.Net;
using Aspire.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using ScaleUp.AppHost;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Web.Operations;

namespace ScaleUp.Tests.Operations;

/// <summary>The AppHost's server control accepts two commands, from clients with the key of this run.</summary>
public sealed class ServerControlTests : IAsyncLifetime
{
    private readonly ServerControlAddress _address = new(Aspire.Hosting.HAProxy.LoopbackPort.FindFree(["127.0.0.1"]), "the-key");
    private ServerControl? _control;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = ApplicationModel.NewBuilder();
        var loadBalancers = builder.AddHAProxyCluster("lb");
        loadBalancers.AddPublicFrontend(builder.AddTier("web"), 0);
        _control = new ServerControl(loadBalancers, _address, NullLogger<ServerControl>.Instance);
        await _control.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync() => await (_control?.StopAsync(CancellationToken.None) ?? Task.CompletedTask);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("the-ke")]
    [InlineData("the-key2")]
    public async Task Requests_without_the_key_are_rejected(string? key)
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Post, "/servers/web-1/drain?by=admin", key));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, "/actions", key));
    }

    [Theory]
    [InlineData("/servers/web-9/drain?by=admin")]
    [InlineData("/servers/lb-1/drain?by=admin")]
    [InlineData("/servers/web-1/shutdown?by=admin")]
    public async Task Unknown_servers_and_commands_are_not_found(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(HttpMethod.Post, path, _address.Key));

    [Fact]
    public async Task A_failed_command_is_reported_and_is_not_listed()
    {
        // No load balancer is running.
        using var actions = Actions(_address.Uri, _address.Key);

        var (isDone, message) = await actions.ExecuteAsync("web-1", "drain", "admin");

        Assert.False(isDone);
        Assert.StartsWith("web-1 is the only available server of web.", message);
        Assert.Empty(await actions.ListAsync(Cancellation));
    }

    [Fact]
    public async Task A_wrong_key_an_unreachable_control_and_a_missing_address_have_different_results()
    {
        using var wrong = Actions(_address.Uri, "guess");
        using var unreachable = Actions("http://127.0.0.1:1", _address.Key);
        using var none = Actions(null, null);

        Assert.Equal((false, "The AppHost rejected the request (401)."), await wrong.ExecuteAsync("web-1", "drain", "admin"));
        Assert.Equal((false, "The AppHost does not respond. Check the server's state before you try again."),
            await unreachable.ExecuteAsync("web-1", "drain", "admin"));
        Assert.Equal((true, true, false), (wrong.ArePossible, unreachable.ArePossible, none.ArePossible));
        Assert.Empty(await none.ListAsync(Cancellation));
    }

    private static ServerActions Actions(string? address, string? key) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            [ServerActions.AddressSetting] = address,
            [ServerActions.KeySetting] = key,
        }).Build());

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, string? key)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, _address.Uri + path);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation(ServerControl.KeyHeader, key);
        }

        using var response = await http.SendAsync(request, Cancellation);
        return response.StatusCode;
    }
}
