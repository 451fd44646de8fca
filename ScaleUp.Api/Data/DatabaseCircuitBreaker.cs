using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ScaleUp.Api.Data;

/// <summary>
/// Whether it is worth while to ask the database. While it does not answer, hundreds of requests would wait for the deadline and
/// take all places at the load balancers, also from those that need no database; so they are told at once, and one after the
/// other finds out whether it is back. A database that answers some is only slow, and goes on being asked.
/// </summary>
internal sealed class DatabaseCircuitBreaker(TimeProvider clock) : DbCommandInterceptor
{
    private const int MinFailures = 3;

    /// <summary>How long nothing must have been answered.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1);

    /// <summary>Between two requests that find out.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private long _answer = clock.GetTimestamp();
    private long _attempt = clock.GetTimestamp();
    private int _failures;

    /// <summary>Whether this request may ask.</summary>
    public bool TryEnter()
    {
        if (Volatile.Read(in _failures) < MinFailures || clock.GetElapsedTime(Volatile.Read(in _answer)) < s_silence)
        {
            return true;
        }

        var last = Volatile.Read(in _attempt);
        return clock.GetElapsedTime(last) >= s_pause && Interlocked.CompareExchange(ref _attempt, clock.GetTimestamp(), last) == last;
    }

    /// <summary>A request has waited in vain.</summary>
    public void RecordFailure() => Interlocked.Increment(ref _failures);

    /// <summary>The database has answered something.</summary>
    public void RecordSuccess()
    {
        Volatile.Write(ref _answer, clock.GetTimestamp());
        Volatile.Write(ref _failures, 0);
    }

    public override ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
    {
        RecordSuccess();
        return base.ReaderExecutedAsync(command, eventData, result, cancellationToken);
    }

    public override ValueTask<int> NonQueryExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        RecordSuccess();
        return base.NonQueryExecutedAsync(command, eventData, result, cancellationToken);
    }
}
