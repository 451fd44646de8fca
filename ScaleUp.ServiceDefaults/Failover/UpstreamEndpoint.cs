namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>One of the addresses that a service has, and whether it answers.</summary>
/// <param name="uri">Scheme, host and port.</param>
internal sealed class UpstreamEndpoint(Uri uri) : IDisposable
{
    // One good answer can be the last word of a server that is going: two are asked for.
    private const int Rise = 2;
    private CancellationTokenSource _lost = new();
    private int _answers;
    private int _isBeingChecked;

    /// <summary>Scheme, host and port.</summary>
    public Uri Uri => uri;

    /// <summary>Whether it answers, as far as is known.</summary>
    public bool Answers => !Lost.IsCancellationRequested;

    /// <summary>Ends what waits for an answer from this address when it is known that none will come.</summary>
    public CancellationToken Lost => Volatile.Read(ref _lost).Token;

    /// <summary>Whether the caller may check it now: there is one check at a time.</summary>
    public bool TryBeginCheck() => Interlocked.Exchange(ref _isBeingChecked, 1) == 0;

    /// <summary>Takes note of the check that <see cref="TryBeginCheck"/> has begun.</summary>
    /// <param name="answered">Whether there was any answer.</param>
    /// <param name="othersAnswer">Whether another address of the service answers. The last one is never given up: it is better than none.</param>
    /// <returns>Whether this has changed <see cref="Answers"/>.</returns>
    public bool EndCheck(bool answered, bool othersAnswer)
    {
        _answers = answered ? _answers + 1 : 0;
        var (isLost, isBack) = (Answers && !answered && othersAnswer, !Answers && _answers >= Rise);
        if (isLost)
        {
            _lost.Cancel();
        }
        else if (isBack)
        {
            // The old source stays as it is: somebody may just be looking at its token.
            Volatile.Write(ref _lost, new CancellationTokenSource());
        }

        Volatile.Write(ref _isBeingChecked, 0);
        return isLost || isBack;
    }

    /// <inheritdoc />
    public void Dispose() => _lost.Dispose();
}
