namespace ScaleUp.Api.Data;

/// <summary>What a server asks itself before it is ready.</summary>
internal static class FirstRequests
{
    private static readonly string[] s_addresses = ["/articles?limit=1", "/articles/one-host-is-not-enough", "/articles/one-host-is-not-enough/comments", "/search?q=server", "/tags"];

    public static async Task SendAsync(HttpClient http, CancellationToken cancellationToken)
    {
        // A token and a user that nobody has: what they need is gone through as far as the refusal.
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {new string('A', 43)}");
        foreach (var address in s_addresses)
        {
            using var response = await http.GetAsync(new Uri(address, UriKind.Relative), cancellationToken);
        }

        http.DefaultRequestHeaders.Add("Idempotency-Key", $"warm-up-{Guid.NewGuid()}");
        using var refusal = await http.PostAsJsonAsync("/sessions", new { userName = "-", password = "-" }, cancellationToken);
    }
}
