using System.Net.Sockets;
using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>One request of a visitor and its outcome.</summary>
internal static class Visit
{
    /// <summary>The timeout of a request. Browsers wait for minutes; people do not.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Opens a page.</summary>
    /// <param name="browser">The browser of the visitor.</param>
    /// <param name="kind">The purpose of the request.</param>
    /// <param name="path">The path of the page.</param>
    /// <param name="opened">Called with a successfully opened page.</param>
    public static Task<Answer> OpenAsync(BrowserClient browser, RequestKind kind, string path, Action<HttpPage>? opened = null) =>
        AskAsync(kind, path, limit => browser.GetAsync(path, limit), page =>
        {
            if (page.Status == 200)
            {
                opened?.Invoke(page);
            }

            return page.Status == 200;
        });

    /// <summary>Sends a request and classifies the outcome.</summary>
    /// <param name="kind">The purpose of the request.</param>
    /// <param name="target">The name of the request in reports.</param>
    /// <param name="send">Sends the request.</param>
    /// <param name="isGood">Whether the response is as expected.</param>
    public static async Task<Answer> AskAsync(
        RequestKind kind, string target, Func<CancellationToken, Task<HttpPage>> send, Predicate<HttpPage> isGood)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            var page = await send(limit.Token);
            return isGood(page) ? new(kind, target, page["X-Stale"] is null ? Outcome.Good : Outcome.Copy, page.Status)
                : page is { Status: 503 } && page["Retry-After"] is not null ? new(kind, target, Outcome.Unavailable, 503, ServedBy(page))
                : new(kind, target, Outcome.Failed, page.Status, ServedBy(page));
        }
        catch (OperationCanceledException)
        {
            return new(kind, target, Outcome.Failed, 0, "no answer");
        }
        catch (Exception exception) when (
            exception is ConnectionLostException or SocketException or FormatException or
            IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return new(kind, target, Outcome.Failed, 0, exception.Message);
        }
    }

    private static string ServedBy(HttpPage page) =>
        $"by {page["X-Served-By"] ?? "no server"}{(page["Location"] is { } location ? $", redirected to {location}" : "")}";
}
