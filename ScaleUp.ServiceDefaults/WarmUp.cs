using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// Sends one request of each kind to this server before it becomes ready: the first request of a kind compiles code and translates
/// queries, which on a busy machine takes longer than the load balancers' timeout.
/// </summary>
public sealed partial class WarmUp(IServer server, IHostApplicationLifetime lifetime, ILogger<WarmUp> logger)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private volatile bool _isRunning;

    /// <summary>Whether warm-up requests are in flight. They may fail while other servers are starting.</summary>
    public bool IsRunning => _isRunning;

    /// <summary>Sends the requests, with a timeout of ten seconds. A failure is logged, not thrown: the server works without.</summary>
    /// <param name="send">Sends requests with a client whose base address is this server.</param>
    /// <param name="stoppingToken">Cancels the warm-up when the server stops.</param>
    /// <returns>Whether all requests were sent.</returns>
    public async Task<bool> RunAsync(Func<HttpClient, CancellationToken, Task> send, CancellationToken stoppingToken)
    {
        ArgumentNullException.ThrowIfNull(send);

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        timeout.CancelAfter(s_timeout);
        _isRunning = true;
        try
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(timeout.Token);
            if (FindOwnAddress() is { } address)
            {
                using var http = new HttpClient { BaseAddress = address };
                await send(http, timeout.Token);
            }

            return true;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
        {
            LogIncomplete(exception.Message);
            return false;
        }
        finally
        {
            _isRunning = false;
        }
    }

    private Uri? FindOwnAddress()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses
            .FirstOrDefault(a => a.StartsWith("http://", StringComparison.Ordinal));
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

    // Not a warning: servers that start together wait for one another, and only the speed of the first requests is affected.
    [LoggerMessage(LogLevel.Information, "Warm-up did not finish; first requests may be slow. {Reason}")]
    private partial void LogIncomplete(string reason);
}
