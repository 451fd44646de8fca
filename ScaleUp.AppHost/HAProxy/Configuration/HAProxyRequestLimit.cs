using System.Text.RegularExpressions;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// A rate limit per client across all load balancers of a cluster. Requests above it get 429 and <c>Retry-After</c>. A client is an IPv4
/// address or an IPv6 /64 network, which is what one household has.
/// </summary>
/// <param name="Name">The name in the configuration: lower-case letters, digits and <c>-</c>, for example <c>sign-in</c>.</param>
/// <param name="Requests">The number of requests allowed in the period; at least 1.</param>
/// <param name="Period">The length of the sliding window; 1 second to 1 day, in whole seconds.</param>
/// <param name="Method">The HTTP method that the limit applies to; null for any.</param>
/// <param name="Path">The path that the limit applies to, compared as a whole and case-insensitively; null for any.</param>
public sealed partial record HAProxyRequestLimit(string Name, int Requests, TimeSpan Period, string? Method = null, string? Path = null)
{
    internal void Validate()
    {
        if (Name is null || !NamePattern().IsMatch(Name))
        {
            throw new ArgumentException(
                $"The name of a limit is '{Name}'; it must start with a lower-case letter, contain only lower-case letters, digits and " +
                "'-', and have at most 32 characters.");
        }

        if (Requests < 1)
        {
            throw new ArgumentException($"The limit '{Name}' allows {Requests} requests; it must allow at least 1.");
        }

        if (Period < TimeSpan.FromSeconds(1) || Period > TimeSpan.FromDays(1) || Period.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            throw new ArgumentException($"The period of the limit '{Name}' is {Period}; it must be 1 second to 1 day, in whole seconds.");
        }

        if (Method is not null && !MethodPattern().IsMatch(Method))
        {
            throw new ArgumentException(
                $"The method of the limit '{Name}' is '{Method}'; it must be 1 to 16 upper-case letters, for example POST.");
        }

        if (Path is not null && !PathPattern().IsMatch(Path))
        {
            throw new ArgumentException(
                $"The path of the limit '{Name}' is '{Path}'; it must start with '/' and contain only letters, digits and '/._~-'.");
        }
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,31}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Z]{1,16}\z")]
    private static partial Regex MethodPattern();

    [GeneratedRegex(@"\A/[A-Za-z0-9/._~-]*\z")]
    private static partial Regex PathPattern();
}
