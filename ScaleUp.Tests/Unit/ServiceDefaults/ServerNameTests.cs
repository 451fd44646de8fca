using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>Each replica has its own name and sends it with every response.</summary>
public sealed class ServerNameTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("web-2", null, "web-2")] // The AppHost and Kubernetes.
    [InlineData("web-2", "web--1-abc", "web-2")]
    [InlineData("", "web--1-abc", "web--1-abc")] // Azure Container Apps.
    public void The_configured_name_takes_precedence_over_the_replica_name(string? configured, string? replica, string expected) =>
        Assert.Equal(expected, Read(Builder(configured, replica)));

    [Fact]
    public void Without_a_configured_name_it_is_the_service_name_and_the_container_id() =>
        Assert.Equal($"web-{Environment.MachineName}", Read(Builder(null, null)));

    [Theory]
    [InlineData("/good")]
    [InlineData("/missing")]
    [InlineData("/failing")] // The exception handler clears the headers.
    public async Task Every_response_names_the_server(string path)
    {
        var builder = Builder("web-2", null);
        builder.AddServiceDefaults();
        builder.Services.AddProblemDetails();
        await using var server = builder.Build();
        server.UseExceptionHandler();
        server.UseServiceDefaults();
        server.MapDefaultEndpoints();
        server.MapGet("/good", () => "good");
        server.MapGet("/failing", string () => throw new InvalidOperationException("It fails."));
        await server.StartAsync(Cancellation);

        using var http = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        using var response = await http.GetAsync(path, Cancellation);

        Assert.Equal("web-2", Assert.Single(response.Headers.GetValues("X-Served-By")));
    }

    private static string Read(WebApplicationBuilder builder) => ServerName.Read(builder.Configuration, builder.Environment);

    private static WebApplicationBuilder Builder(string? configured, string? replica)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["ServerName"] = configured,
            ["CONTAINER_APP_REPLICA_NAME"] = replica,
            ["OTEL_SERVICE_NAME"] = "web",
            ["Drain:Delay"] = "00:00:00",
        });
        builder.Logging.ClearProviders();
        return builder;
    }
}
