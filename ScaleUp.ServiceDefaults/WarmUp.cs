using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// Sends requests of each kind to this server itself before it becomes ready. The first request of a kind has code to compile and
/// queries to translate, which on a busy machine takes longer than load balancers wait.
/// </summary>
public sealed partial class WarmUp(IServer server, IHostApplicationLifetime lifetime, ILogger<WarmUp> logger)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private volatile bool _isRunning;

    /// <summary>Whether requests of this server to itself are under way, which may fail while other servers start too.</summary>
    public bool IsRunning => _isRunning;

    /// <summary>Sends the requests, for at most ten seconds. A failure is logged and not thrown: the server works without.</summary>
    /// <param name="send">Sends requests by a client that has this server's own address.</param>
    /// <param name="stoppingToken">Ends it, as the server's stop does.</param>
    /// <returns>Whether all requests were sent.</returns>
    public async Task<bool> RunAsync(Func<HttpClient, CancellationToken, Task> send, CancellationToken stoppingToken)
    {
        ArgumentNullException.ThrowIfNull(send);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(s_limit);
        _isRunning = true;
        try
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(limit.Token);
            if (FindOwnAddress() is { } address)
            {
                using var http = new HttpClient { BaseAddress = address };
                await send(http, limit.Token);
            }

            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
        {
            LogGivenUp(exception.Message);
            return false;
        }
        finally
        {
            _isRunning = false;
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

    // No warning: servers that start together wait for one another, and the only effect is on speed.
    [LoggerMessage(LogLevel.Information, "Warm-up did not finish; first requests may be slow. {Reason}")]
    private partial void LogGivenUp(string reason);
}
