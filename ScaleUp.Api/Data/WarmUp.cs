using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ScaleUp.Api.Data;

/// <summary>
/// Asks this server itself for a bit of everything before it says that it is ready. The first request of each kind has code to
/// compile and queries to translate, which takes longer on a busy machine than the deadline allows.
/// </summary>
internal sealed partial class WarmUp(IServer server, IHostApplicationLifetime lifetime, ILogger<WarmUp> logger)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private static readonly string[] s_addresses = ["/articles?limit=1", "/articles/one-host-is-not-enough", "/articles/one-host-is-not-enough/comments", "/search?q=server", "/tags"];

    /// <summary>Does what it can; whatever fails here fails or works for visitors just as well.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(s_limit);
        try
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(limit.Token);
            if (FindOwnAddress() is not { } address)
            {
                return;
            }

            using var http = new HttpClient { BaseAddress = address };
            // A token and a user that nobody has: what they need is gone through as far as the refusal.
            http.DefaultRequestHeaders.Add("Authorization", $"Bearer {new string('A', 43)}");
            foreach (var path in s_addresses)
            {
                using var response = await http.GetAsync(new Uri(path, UriKind.Relative), limit.Token);
            }

            http.DefaultRequestHeaders.Add("Idempotency-Key", $"warm-up-{Guid.NewGuid()}");
            using var refusal = await http.PostAsJsonAsync("/sessions", new { userName = "-", password = "-" }, limit.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
        {
            LogGivenUp(exception);
        }
    }

    private Uri? FindOwnAddress()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(a => a.StartsWith("http://", StringComparison.Ordinal));
        if (address is null)
        {
            return null;
        }

        var binding = BindingAddress.Parse(address);
        if (binding.IsUnixPipe || binding.IsNamedPipe)
        {
            return null;
        }

        var isAny = binding.Host is "*" or "+" or "0.0.0.0" or "[::]";
        return new UriBuilder("http", isAny ? "localhost" : binding.Host, binding.Port).Uri;
    }

    [LoggerMessage(LogLevel.Warning, "This server could not ask itself; its first answers will be slow.")]
    private partial void LogGivenUp(Exception exception);
}
