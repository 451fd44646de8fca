using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ScaleUp.Api.Data;

/// <summary>
/// A circuit breaker for the database. While the database is down, requests fail immediately instead of waiting for the deadline and
/// filling the load balancers' queues, and single requests probe whether it is back. The circuit stays closed for a database that
/// is slow but answers some requests.
/// </summary>
internal sealed class DatabaseCircuitBreaker(TimeProvider clock) : DbCommandInterceptor
{
    private const int MinFailures = 3;

    /// <summary>The circuit opens only if no command succeeded for this long.</summary>
    private static readonly TimeSpan s_minOutage = TimeSpan.FromSeconds(1);

    /// <summary>Time between two probes while the circuit is open.</summary>
    private static readonly TimeSpan s_probeInterval = TimeSpan.FromMilliseconds(200);

    private long _lastSuccess = clock.GetTimestamp();
    private long _lastProbe = clock.GetTimestamp();
    private int _failures;

    /// <summary>Whether this request may use the database: the circuit is closed, or the request is a probe.</summary>
    public bool TryEnter()
    {
        if (Volatile.Read(in _failures) < MinFailures || clock.GetElapsedTime(Volatile.Read(in _lastSuccess)) < s_minOutage)
        {
            return true;
        }

        var last = Volatile.Read(in _lastProbe);
        return clock.GetElapsedTime(last) >= s_probeInterval
            && Interlocked.CompareExchange(ref _lastProbe, clock.GetTimestamp(), last) == last;
    }

    /// <summary>Records that the database did not serve a request.</summary>
    public void RecordFailure() => Interlocked.Increment(ref _failures);

    /// <summary>Records that a command succeeded, which closes the circuit.</summary>
    public void RecordSuccess()
    {
        Volatile.Write(ref _lastSuccess, clock.GetTimestamp());
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
