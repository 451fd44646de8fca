using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

internal static class ReadyServer
{
    /// <summary>Waits until a server says that it is ready for requests.</summary>
    public static async Task WaitAsync(Uri server)
    {
        using var http = new HttpClient { BaseAddress = server };
        using var limit = new CancellationTokenSource(Eventually.Limit);
        while (!(await http.GetAsync(new Uri("/health", UriKind.Relative), limit.Token)).IsSuccessStatusCode)
        {
            await Task.Delay(100, limit.Token);
        }
    }
}
