using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Browsing;

/// <summary>Public pages, in small and large windows and in light and dark colours.</summary>
public sealed class ReadingTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    [Theory]
    [InlineData("front-page", "/")]
    [InlineData("article", "/articles/rate-limits-across-load-balancers")]
    [InlineData("tags", "/tags")]
    [InlineData("tag", "/tags/load%20balancing")]
    [InlineData("author", "/authors/ada.brandt")]
    [InlineData("search", "/search?q=health+check")]
    [InlineData("search-without-hits", "/search?q=nothinglikethis")]
    [InlineData("sign-in", "/sign-in")]
    [InlineData("not-found", "/there/is/none")]
    public async Task A_public_page_is_accessible_and_fits_every_window(string name, string path)
    {
        var reader = await EnterAsync();

        await reader.OpenAsync(path);

        await reader.InspectInAllLooksAsync($"40-{name}");
    }
}
