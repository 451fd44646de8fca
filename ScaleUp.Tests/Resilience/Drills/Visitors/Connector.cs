using System.Net;
using System.Net.Sockets;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>
/// Connects to a name with several addresses like browsers: it tries the next address if one refuses, and additionally if one does not
/// respond for 300 ms (Chromium's <c>TransportConnectJob::kIPv6FallbackTime</c>); the first connection wins.
/// </summary>
internal static class Connector
{
    /// <summary>The time after which the next address is tried in parallel.</summary>
    public static readonly TimeSpan Fallback = TimeSpan.FromMilliseconds(300);

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">No address accepted the connection; the error is that of the last one.</exception>
    public static async Task<Socket> ConnectAsync(
        IReadOnlyList<IPEndPoint> addresses, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Socket>>();
        SocketException? error = null;
        try
        {
            for (var next = 0; next < addresses.Count || attempts.Count > 0;)
            {
                if (next < addresses.Count)
                {
                    attempts.Add(ConnectAsync(addresses[next++], lost.Token));
                }

                var first = Task.WhenAny(attempts);
                if (next < addresses.Count && await Task.WhenAny(first, Task.Delay(Fallback, clock, lost.Token)) != first)
                {
                    continue;
                }

                var done = await first;
                attempts.Remove(done);
                try
                {
                    return await done;
                }
                catch (SocketException exception)
                {
                    error = exception;
                }
            }
        }
        finally
        {
            await lost.CancelAsync();
            foreach (var attempt in attempts)
            {
                _ = attempt.ContinueWith(late => late.Result.Dispose(), CancellationToken.None,
                    TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            }
        }

        throw error!;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
