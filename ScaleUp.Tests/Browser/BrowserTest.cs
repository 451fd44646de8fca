using Aspire.Hosting.Testing;
using ScaleUp.Tests.Api;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Browsing;

/// <summary>
/// A test with browsers at the running website. It deletes their articles afterwards, because other tests count articles.
/// </summary>
[Collection(nameof(AppHostFixture))]
public abstract class BrowserTest(AppHostFixture topology, Chromium chromium) : IAsyncDisposable
{
    private readonly List<Visitor> _visitors = [];

    internal async Task<Visitor> EnterAsync(Look? look = null, bool runsScript = true, string? userAgent = null)
    {
        var visitor = await Visitor.EnterAsync(await chromium.StartAsync(), topology.Website, look ?? Look.Desktop, runsScript, userAgent);
        _visitors.Add(visitor);
        return visitor;
    }

    /// <summary>Opens a browser and signs in as the administrator.</summary>
    internal async Task<Visitor> EnterAsAdministratorAsync()
    {
        var visitor = await EnterAsync();
        await visitor.SignInAsync("admin", AppHostFixture.AdministratorPassword);
        return visitor;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (number, visitor) in _visitors.Index())
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
            {
                await TellAsync(visitor, number + 1);
            }

            await DeleteArticlesAsync(visitor);
            await visitor.Context.CloseAsync();
        }

        GC.SuppressFinalize(this);
    }

    private async Task TellAsync(Visitor visitor, int number)
    {
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"Visitor {number} was at {visitor.Page.Url}. {string.Join('\n', visitor.Complaints)}");
        try
        {
            output?.WriteLine($"Screenshot: {await visitor.TakePictureAsync($"failed-{GetType().Name}-{number}")}");
        }
        catch (TimeoutException)
        {
            output?.WriteLine("There is no picture: the page was on its way to another.");
        }
    }

    private async Task DeleteArticlesAsync(Visitor visitor)
    {
        if ((await visitor.Context.CookiesAsync()).FirstOrDefault(cookie => cookie.Name == "scaleup-session") is not { } session)
        {
            return;
        }

        using var http = new HttpClient { BaseAddress = topology.Application.GetEndpoint("lb-1", "api") };
        var api = new ApiClient(http, session.Value);
        if ((await api.GetAsync("/me/articles")) is { IsSuccessStatusCode: true } answer)
        {
            foreach (var article in (await answer.JsonAsync()).GetProperty("items").EnumerateArray())
            {
                using var deleted = await api.SendAsync(
                    HttpMethod.Delete, $"/articles/{article.GetProperty("slug").GetString()}", null, headers: new() { ["If-Match"] = "*" });
            }
        }
    }
}
