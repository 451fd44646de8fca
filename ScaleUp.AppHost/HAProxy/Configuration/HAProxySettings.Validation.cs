using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.HAProxy;

public sealed partial class HAProxySettings
{
    private const int MaxErrorPageLength = 8192;

    internal void Validate()
    {
        Within(MaxConnections, 10, 1_000_000);
        Within(MaxInternalConnections, 10, 1_000_000);
        Within(MaxConnectionsPerClient, 0, 1_000_000);
        Within(MaxConnectionsPerServer, 1, 1_000_000);
        Within(MaxLargeBodiesPerServer, 1, 1_000_000);
        Within(MaxStreamsPerServer, 1, 1_000_000);
        Within(MaxQueue, 1, 1_000_000);
        Within(Retries, 0, 10);
        Within(Fall, 1, 100);
        Within(Rise, 1, 100);
        Within(BufferSize, 16 * 1024, 1024 * 1024);
        Within(MaxBodySize, 1, 999_999_999_999_999);
        Duration(QueueTimeout);
        Duration(ConnectTimeout);
        Duration(AttemptTimeout);
        Duration(SlowAttemptTimeout);
        Duration(ServerTimeout);
        Duration(StreamTimeout);
        Duration(ClientTimeout);
        Duration(RequestTimeout);
        Duration(SmallBodyTimeout);
        Duration(LargeBodyTimeout);
        Duration(KeepAliveTimeout);
        Duration(CheckInterval);
        Duration(FastCheckInterval);
        Duration(CheckTimeout);
        Duration(SlowStart, orZero: true);
        Duration(OuterAttemptMargin, orZero: true);
        Duration(AttemptTimeout + OuterAttemptMargin);
        Duration(SlowAttemptTimeout + OuterAttemptMargin);

        Within(MaxFormSize ?? 1, 1, 999_999_999_999_999, nameof(MaxFormSize));
        Each(LargeFormPaths, PathForm(), "must begin with '/' and have only letters, digits, '/._~-' and '*' for a part.");
        Each(SlowPaths, PathForm(), "must begin with '/' and have only letters, digits, '/._~-' and '*' for a part.");
        Each(StreamPaths, PathForm(), "must begin with '/' and have only letters, digits, '/._~-' and '*' for a part.");
        Each(Hosts, HostForm(), "must be a name such as www.example.com, an IPv4 address, or an IPv6 address in brackets, without a port.");

        if (ErrorPage is { } page && (page.Length > MaxErrorPageLength || page.Contains('\'', StringComparison.Ordinal) || page.Split(ErrorPageMessage).Length != 2))
        {
            throw new ArgumentException($"{nameof(ErrorPage)} is {page[..Math.Min(page.Length, 40)]}, but must have at most {MaxErrorPageLength} characters, none of them a single quote, and once {ErrorPageMessage}.");
        }

        if (FastCheckInterval > CheckInterval)
        {
            throw new ArgumentException($"{nameof(FastCheckInterval)} is {FastCheckInterval}, but must not be longer than {nameof(CheckInterval)} ({CheckInterval}).");
        }

        if (SlowPaths.Count > 0 && (SlowAttemptTimeout < AttemptTimeout || SlowAttemptTimeout > ServerTimeout))
        {
            throw new ArgumentException($"{nameof(SlowAttemptTimeout)} is {SlowAttemptTimeout}, but must be from {nameof(AttemptTimeout)} ({AttemptTimeout}) to {nameof(ServerTimeout)} ({ServerTimeout}).");
        }

        if (AttemptTimeout > ServerTimeout)
        {
            throw new ArgumentException($"{nameof(AttemptTimeout)} is {AttemptTimeout}, but must not be longer than {nameof(ServerTimeout)} ({ServerTimeout}).");
        }

        if (Limits.Contains(null!))
        {
            throw new ArgumentException($"{nameof(Limits)} has an entry that is null.");
        }

        if (Limits.GroupBy(limit => limit.Name).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new ArgumentException($"There are {same.Count()} limits '{same.Key}' in {nameof(Limits)}: each needs a name of its own.");
        }

        foreach (var limit in Limits)
        {
            limit.Validate();
        }
    }

    private static void Each(IList<string> values, Regex form, string must, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        foreach (var value in values.Where(value => value is null || !form.IsMatch(value)))
        {
            throw new ArgumentException($"{name} is {value}, but {must}");
        }
    }

    [GeneratedRegex(@"\A(/([A-Za-z0-9._~-]+|\*))+\z")]
    private static partial Regex PathForm();

    [GeneratedRegex(@"\A([A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*|\[[0-9A-Fa-f:.]+\])\z")]
    private static partial Regex HostForm();

    private static void Within(long value, long least, long most, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < least || value > most)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, but must be from {least} to {most}."));
        }
    }

    // What HAProxy can write: whole milliseconds, up to 2^31 of them.
    internal static void Duration(TimeSpan value, bool orZero = false, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if ((value == TimeSpan.Zero && !orZero) || value < TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue || value.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            throw new ArgumentException($"{name} is {value}, but must be {(orZero ? "zero or " : "")}1 ms to 24 days, in whole milliseconds.");
        }
    }
}
