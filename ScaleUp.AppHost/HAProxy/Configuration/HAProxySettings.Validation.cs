using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.HAProxy;

public sealed partial class HAProxySettings
{
    private const int MaxErrorPageLength = 8192;

    private const string PathRequirement =
        "must start with '/' and contain only letters, digits, '/._~-', and '*' as a whole segment.";

    private const string HostRequirement =
        "must be a name such as www.example.com, an IPv4 address, or an IPv6 address in brackets, without a port.";

    internal void Validate()
    {
        ThrowIfOutOfRange(MaxConnections, 10, 1_000_000);
        ThrowIfOutOfRange(MaxInternalConnections, 10, 1_000_000);
        ThrowIfOutOfRange(MaxConnectionsPerClient, 0, 1_000_000);
        ThrowIfOutOfRange(MaxConnectionsPerServer, 1, 1_000_000);
        ThrowIfOutOfRange(MaxLargeBodiesPerServer, 1, 1_000_000);
        ThrowIfOutOfRange(MaxStreamsPerServer, 1, 1_000_000);
        ThrowIfOutOfRange(MaxQueue, 1, 1_000_000);
        ThrowIfOutOfRange(Retries, 0, 10);
        ThrowIfOutOfRange(Fall, 1, 100);
        ThrowIfOutOfRange(Rise, 1, 100);
        ThrowIfOutOfRange(BufferSize, 16 * 1024, 1024 * 1024);
        ThrowIfOutOfRange(MaxBodySize, 1, 999_999_999_999_999);
        ThrowIfNotDuration(QueueTimeout);
        ThrowIfNotDuration(ConnectTimeout);
        ThrowIfNotDuration(AttemptTimeout);
        ThrowIfNotDuration(SlowAttemptTimeout);
        ThrowIfNotDuration(ServerTimeout);
        ThrowIfNotDuration(StreamTimeout);
        ThrowIfNotDuration(ClientTimeout);
        ThrowIfNotDuration(RequestTimeout);
        ThrowIfNotDuration(SmallBodyTimeout);
        ThrowIfNotDuration(LargeBodyTimeout);
        ThrowIfNotDuration(KeepAliveTimeout);
        ThrowIfNotDuration(CheckInterval);
        ThrowIfNotDuration(FastCheckInterval);
        ThrowIfNotDuration(CheckTimeout);
        ThrowIfNotDuration(SlowStart, orZero: true);
        ThrowIfNotDuration(OuterAttemptMargin, orZero: true);
        ThrowIfNotDuration(AttemptTimeout + OuterAttemptMargin);
        ThrowIfNotDuration(SlowAttemptTimeout + OuterAttemptMargin);

        ThrowIfOutOfRange(MaxFormSize ?? 1, 1, 999_999_999_999_999, nameof(MaxFormSize));
        ThrowIfAnyMismatch(LargeFormPaths, PathPattern(), PathRequirement);
        ThrowIfAnyMismatch(SlowPaths, PathPattern(), PathRequirement);
        ThrowIfAnyMismatch(StreamPaths, PathPattern(), PathRequirement);
        ThrowIfAnyMismatch(Hosts, HostPattern(), HostRequirement);

        if (ErrorPage is { } page
            && (page.Length > MaxErrorPageLength
                || page.Contains('\'', StringComparison.Ordinal)
                || page.Split(ErrorPageMessage).Length != 2))
        {
            throw new ArgumentException(
                $"{nameof(ErrorPage)} is {page[..Math.Min(page.Length, 40)]}; it must have at most {MaxErrorPageLength} characters, " +
                $"no single quote, and {ErrorPageMessage} exactly once.");
        }

        if (FastCheckInterval > CheckInterval)
        {
            throw new ArgumentException(
                $"{nameof(FastCheckInterval)} is {FastCheckInterval}; it must not be longer than {nameof(CheckInterval)} " +
                $"({CheckInterval}).");
        }

        if (SlowPaths.Count > 0 && (SlowAttemptTimeout < AttemptTimeout || SlowAttemptTimeout > ServerTimeout))
        {
            throw new ArgumentException(
                $"{nameof(SlowAttemptTimeout)} is {SlowAttemptTimeout}; it must be between {nameof(AttemptTimeout)} ({AttemptTimeout}) " +
                $"and {nameof(ServerTimeout)} ({ServerTimeout}).");
        }

        if (AttemptTimeout > ServerTimeout)
        {
            throw new ArgumentException(
                $"{nameof(AttemptTimeout)} is {AttemptTimeout}; it must not be longer than {nameof(ServerTimeout)} ({ServerTimeout}).");
        }

        if (Limits.Contains(null!))
        {
            throw new ArgumentException($"{nameof(Limits)} contains null.");
        }

        if (Limits.GroupBy(limit => limit.Name).FirstOrDefault(group => group.Count() > 1) is { } duplicates)
        {
            throw new ArgumentException(
                $"{nameof(Limits)} contains {duplicates.Count()} limits named '{duplicates.Key}'; names must be unique.");
        }

        foreach (var limit in Limits)
        {
            limit.Validate();
        }
    }

    private static void ThrowIfAnyMismatch(
        IList<string> values, Regex pattern, string requirement, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        foreach (var value in values.Where(value => value is null || !pattern.IsMatch(value)))
        {
            throw new ArgumentException($"{name} contains '{value}'; it {requirement}");
        }
    }

    [GeneratedRegex(@"\A(/([A-Za-z0-9._~-]+|\*))+\z")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"\A([A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*|\[[0-9A-Fa-f:.]+\])\z")]
    private static partial Regex HostPattern();

    private static void ThrowIfOutOfRange(long value, long min, long max, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < min || value > max)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be between {min} and {max}."));
        }
    }

    // HAProxy supports whole milliseconds below 2^31.
    private static void ThrowIfNotDuration(TimeSpan value, bool orZero = false, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if ((value == TimeSpan.Zero && !orZero) || value < TimeSpan.Zero
            || value.TotalMilliseconds > int.MaxValue || value.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            throw new ArgumentException(
                $"{name} is {value}; it must be {(orZero ? "zero or " : "")}1 ms to 24 days, in whole milliseconds.");
        }
    }
}
