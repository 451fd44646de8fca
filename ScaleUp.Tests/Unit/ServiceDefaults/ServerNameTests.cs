using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>Each of several replicas of one program has a name of its own, and says it whatever it answers.</summary>
public sealed class ServerNameTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("web-2", null, "web-2")] // While the AppHost runs, and in Kubernetes.
    [InlineData("web-2", "web--1-abc", "web-2")]
    [InlineData("", "web--1-abc", "web--1-abc")] // Azure Container Apps.
    public void It_is_the_one_that_was_given(string? given, string? replica, string expected) => Assert.Equal(expected, Read(Builder(given, replica)));

    [Fact]
    public void Without_one_it_is_the_services_with_the_id_of_the_container() => Assert.Equal($"web-{Environment.MachineName}", Read(Builder(null, null)));

    [Theory]
    [InlineData("/good")]
    [InlineData("/missing")]
    [InlineData("/failing")] // What is in the way of an error has its headers removed.
    public async Task Every_answer_says_who_gave_it(string path)
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

    private static WebApplicationBuilder Builder(string? given, string? replica)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["ServerName"] = given,
            ["CONTAINER_APP_REPLICA_NAME"] = replica,
            ["OTEL_SERVICE_NAME"] = "web",
            ["Drain:Delay"] = "00:00:00",
        });
        builder.Logging.ClearProviders();
        return builder;
    }
}
