namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>An endpoint of a service, and its health.</summary>
/// <param name="uri">Scheme, host and port.</param>
internal sealed class UpstreamEndpoint(Uri uri) : IDisposable
{
    // Require two consecutive successes before recovery: a server that is stopping may still respond once.
    private const int Rise = 2;
    private CancellationTokenSource _unhealthy = new();
    private int _successes;
    private int _isBeingChecked;

    /// <summary>Scheme, host and port.</summary>
    public Uri Uri => uri;

    /// <summary>Whether the endpoint is healthy according to its last health checks; true before the first.</summary>
    public bool IsHealthy => !Unhealthy.IsCancellationRequested;

    /// <summary>Cancelled when the endpoint becomes unhealthy, to abort the requests that wait for it.</summary>
    public CancellationToken Unhealthy => Volatile.Read(ref _unhealthy).Token;

    /// <summary>Begins a health check unless one is running.</summary>
    /// <returns>Whether the caller may check; it then has to call <see cref="EndCheck"/>.</returns>
    public bool TryBeginCheck() => Interlocked.Exchange(ref _isBeingChecked, 1) == 0;

    /// <summary>Records the result of the check that <see cref="TryBeginCheck"/> has begun.</summary>
    /// <param name="succeeded">Whether there was any response.</param>
    /// <param name="hasHealthyPeer">
    /// Whether another endpoint of the service is healthy. The last healthy endpoint stays in use, whatever its checks report.
    /// </param>
    /// <returns>Whether <see cref="IsHealthy"/> has changed.</returns>
    public bool EndCheck(bool succeeded, bool hasHealthyPeer)
    {
        _successes = succeeded ? _successes + 1 : 0;
        var (hasFailed, hasRecovered) = (IsHealthy && !succeeded && hasHealthyPeer, !IsHealthy && _successes >= Rise);
        if (hasFailed)
        {
            _unhealthy.Cancel();
        }
        else if (hasRecovered)
        {
            // The old source is not disposed: a request may be using its token.
            Volatile.Write(ref _unhealthy, new CancellationTokenSource());
        }

        Volatile.Write(ref _isBeingChecked, 0);
        return hasFailed || hasRecovered;
    }

    /// <inheritdoc />
    public void Dispose() => _unhealthy.Dispose();
}
