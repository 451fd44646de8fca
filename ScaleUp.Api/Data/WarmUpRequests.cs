using ScaleUp.Api.Articles;
using ScaleUp.Api.Paging;

namespace ScaleUp.Api.Data;

/// <summary>What a server asks itself before it is ready.</summary>
internal static class WarmUpRequests
{
    private static readonly string[] s_addresses = ["/articles/one-host-is-not-enough", "/articles/one-host-is-not-enough/comments", "/search?q=server", "/tags"];

    public static async Task SendAsync(HttpClient http, CancellationToken cancellationToken)
    {
        // A token and a user that nobody has: what they need is gone through as far as the refusal.
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {new string('A', 43)}");
        foreach (var address in s_addresses)
        {
            using var response = await http.GetAsync(new Uri(address, UriKind.Relative), cancellationToken);
        }

        http.DefaultRequestHeaders.Add("Idempotency-Key", $"warm-up-{Guid.NewGuid()}");
        // Another name each time: attempts for one name are counted, and slowed down.
        using var refusal = await http.PostAsJsonAsync("/sessions", new { userName = $"{Guid.NewGuid():n}", password = "-" }, cancellationToken);
        await RegisterTakenNameAsync(http, cancellationToken);
    }

    // Lists articles, and registers: a registration has the most code of all requests. The name of an author is taken, so that it is refused at the very end.
    private static async Task RegisterTakenNameAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var articles = await http.GetFromJsonAsync<Page<ArticleSummary>>("/articles?limit=1", cancellationToken);
        if (articles?.Items is [{ Author: var author }])
        {
            http.DefaultRequestHeaders.Remove("Idempotency-Key");
            http.DefaultRequestHeaders.Add("Idempotency-Key", $"warm-up-{Guid.NewGuid()}");
            using var refusal = await http.PostAsJsonAsync("/users", new { author.UserName, author.DisplayName, Password = $"{Guid.NewGuid()}" }, cancellationToken);
        }
    }
}
