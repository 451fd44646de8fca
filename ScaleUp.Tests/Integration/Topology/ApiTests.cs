using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;

namespace ScaleUp.Tests.Topology;

/// <summary>The API as the web tier reaches it: through a load balancer's internal frontend.</summary>
[Collection(nameof(AppHostFixture))]
public sealed class ApiTests(AppHostFixture topology) : IDisposable
{
    private readonly HttpClient _api = new() { BaseAddress = topology.Application.GetEndpoint("lb-2", "api") };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Articles_are_listed_in_pages_newest_first()
    {
        var dates = new List<DateTimeOffset>();
        var slugs = new List<string>();
        for (string? address = "/articles?limit=3"; address is not null;)
        {
            var page = await _api.GetFromJsonAsync<JsonElement>(address, Cancellation);
            slugs.AddRange(page.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("slug").GetString()!));
            dates.AddRange(page.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("publishedAt").GetDateTimeOffset()));
            address = page.GetProperty("next").GetString() is { } next ? $"/articles?limit=3&cursor={next}" : null;
        }

        // Three servers applied the seed concurrently, yet each article exists once. Other tests add articles of their own.
        Assert.Superset(SeedArticles.Slugs.ToHashSet(), slugs.ToHashSet());
        Assert.Distinct(slugs);
        Assert.Equal(dates.OrderDescending(), dates);
    }

    [Fact]
    public async Task An_article_is_found_by_its_slug()
    {
        var article = await _api.GetFromJsonAsync<JsonElement>("/articles/state-has-one-home", Cancellation);

        Assert.Equal("State has one home", article.GetProperty("title").GetString());
        Assert.Contains("## One place that counts", article.GetProperty("markdown").GetString());
    }

    [Theory]
    [InlineData("GET", "/articles/there-is-none", HttpStatusCode.NotFound)]
    [InlineData("GET", "/articles/Not%20a%20slug", HttpStatusCode.NotFound)]
    [InlineData("GET", "/articles?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/articles?limit=101", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/articles?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/articles?after=AAAA", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/articles?after=%F0%9F%A6%86", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/articles", HttpStatusCode.MethodNotAllowed)]
    public async Task Every_error_is_problem_details(string method, string address, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);

        var response = await _api.SendAsync(request, Cancellation);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task An_invalid_parameter_is_named_in_the_error()
    {
        var problem = await (await _api.GetAsync("/articles?limit=0&after=x", Cancellation)).Content.ReadFromJsonAsync<JsonElement>(
            Cancellation);

        Assert.Equal(["limit", "after"], problem.GetProperty("errors").EnumerateObject().Select(e => e.Name));
    }

    [Fact]
    public async Task The_api_describes_itself()
    {
        var document = await _api.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancellation);

        var paths = document.GetProperty("paths").EnumerateObject().Select(p => p.Name).ToList();
        Assert.Contains("/articles/{slug}", paths);
        Assert.Contains("/sessions/current", paths);
    }
}
