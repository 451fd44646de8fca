using System.Text.RegularExpressions;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// How many requests one client may send in a time, counted over all load balancers of a cluster; more are answered with 429
/// and <c>Retry-After</c>. A client is an IPv4 address or an IPv6 network of 64 bits, which is what one household has.
/// </summary>
/// <param name="Name">Its name in the configuration: lower-case letters, digits and <c>-</c>, for example <c>sign-in</c>.</param>
/// <param name="Requests">How many requests are allowed in the period, at least 1.</param>
/// <param name="Period">The time that they are counted over, sliding; 1 second to 1 day.</param>
/// <param name="Method">The method of the requests that count; null for any.</param>
/// <param name="Path">The path of the requests that count, whole and without regard to case; null for any.</param>
public sealed partial record HAProxyRequestLimit(string Name, int Requests, TimeSpan Period, string? Method = null, string? Path = null)
{
    internal void Validate()
    {
        if (Name is null || !NameForm().IsMatch(Name))
        {
            throw new ArgumentException($"The name of a limit is '{Name}', but must be lower-case letters, digits and '-', beginning with a letter.");
        }

        if (Requests < 1)
        {
            throw new ArgumentException($"The limit '{Name}' allows {Requests} requests, but must allow at least 1.");
        }

        if (Period < TimeSpan.FromSeconds(1) || Period > TimeSpan.FromDays(1) || Period.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            throw new ArgumentException($"The period of the limit '{Name}' is {Period}, but must be 1 second to 1 day, in whole seconds.");
        }

        if (Method is not null && !MethodForm().IsMatch(Method))
        {
            throw new ArgumentException($"The method of the limit '{Name}' is '{Method}', but must be upper-case letters, such as POST.");
        }

        if (Path is not null && !PathForm().IsMatch(Path))
        {
            throw new ArgumentException($"The path of the limit '{Name}' is '{Path}', but must begin with '/' and have only letters, digits and '/._~-'.");
        }
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,31}\z")]
    private static partial Regex NameForm();

    [GeneratedRegex(@"\A[A-Z]{1,16}\z")]
    private static partial Regex MethodForm();

    [GeneratedRegex(@"\A/[A-Za-z0-9/._~-]*\z")]
    private static partial Regex PathForm();
}
