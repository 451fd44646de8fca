using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

internal static class ReadyServer
{
    /// <summary>Waits for the readiness of a server.</summary>
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
