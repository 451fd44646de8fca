using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// Asks this server itself for a bit of everything before it says that it is ready. The first request of each kind has code to
/// compile and queries to translate, which takes longer on a busy machine than load balancers wait.
/// </summary>
public sealed partial class WarmUp(IServer server, IHostApplicationLifetime lifetime, ILogger<WarmUp> logger)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>Does what it can within ten seconds; whatever fails here fails or works for visitors just as well.</summary>
    /// <param name="ask">Sends requests by a client that has this server's own address.</param>
    /// <param name="stoppingToken">Ends it, as the server's stop does.</param>
    public async Task RunAsync(Func<HttpClient, CancellationToken, Task> ask, CancellationToken stoppingToken)
    {
        ArgumentNullException.ThrowIfNull(ask);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(s_limit);
        try
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(limit.Token);
            if (FindOwnAddress() is { } address)
            {
                using var http = new HttpClient { BaseAddress = address };
                await ask(http, limit.Token);
            }
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
