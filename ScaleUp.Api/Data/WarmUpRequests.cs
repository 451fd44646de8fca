using ScaleUp.Api.Articles;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Text;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Data;

/// <summary>Requests that a server sends to itself before it reports ready, so that the first visitors' requests are fast.</summary>
internal static class WarmUpRequests
{
    private static readonly string[] s_addresses =
        ["/articles/one-host-is-not-enough", "/articles/one-host-is-not-enough/comments", "/search?q=server", "/tags"];

    private const string SampleText = """
        ## Heading

        A *text* with `code`, a [link](/tags) and a list:

        - one

        | a | table |
        |---|---:|
        | of | cells |
        """;

    public static async Task SendAsync(HttpClient http, CancellationToken cancellationToken)
    {
        // Reading uses stored HTML. The first write would compile the renderer, which can take longer than its deadline.
        MarkdownRenderer.TryRender(SampleText, TextKind.Article, out _);

        // The token and the user name are unknown, so that authentication and sign-in run without any effect.
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {new string('A', 43)}");
        foreach (var address in s_addresses)
        {
            using var response = await http.GetAsync(new Uri(address, UriKind.Relative), cancellationToken);
        }

        http.DefaultRequestHeaders.Add(HttpHeaderNames.IdempotencyKey, $"warm-up-{Guid.NewGuid()}");
        // Each warm-up uses a new name because attempts per name are throttled.
        using var unauthorized = await http.PostAsJsonAsync(
            "/sessions", new { userName = $"{Guid.NewGuid():n}", password = "-" }, cancellationToken);
        await RegisterTakenNameAsync(http, cancellationToken);
    }

    // Registration runs the most code of all requests; the existing author's name makes it fail only at the end.
    private static async Task RegisterTakenNameAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var articles = await http.GetFromJsonAsync<Page<ArticleSummary>>("/articles?limit=1", cancellationToken);
        if (articles?.Items is [{ Author: var author }])
        {
            http.DefaultRequestHeaders.Remove(HttpHeaderNames.IdempotencyKey);
            http.DefaultRequestHeaders.Add(HttpHeaderNames.IdempotencyKey, $"warm-up-{Guid.NewGuid()}");
            using var conflict = await http.PostAsJsonAsync(
                "/users", new { author.UserName, author.DisplayName, Password = $"{Guid.NewGuid()}" }, cancellationToken);
        }
    }
}
