using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Drills.Report;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Drills.Faults;

/// <summary>Measures the memory and connections of servers.</summary>
internal static class FootprintReader
{
    private const double Mebibyte = 1024 * 1024;

    /// <param name="time">The time since the start of the load.</param>
    /// <param name="name">The name of the server.</param>
    /// <param name="processes">The processes of the server.</param>
    /// <exception cref="InvalidOperationException">The server has no process.</exception>
    public static Footprint OfProcesses(TimeSpan time, string name, IReadOnlyList<Process> processes) => processes.Count == 0
        ? throw new InvalidOperationException($"{name} has no process.")
        : new(time, name, processes.Sum(process => process.WorkingSet64) / Mebibyte, processes.Sum(SocketsOf));

    /// <param name="time">The time since the start of the load.</param>
    /// <param name="name">The name of the server.</param>
    /// <param name="container">The container of the server.</param>
    /// <param name="connections">The number of connections as the server reports it, because its sockets are not visible from
    /// outside.</param>
    public static async Task<Footprint> OfContainerAsync(TimeSpan time, string name, string container, long connections) =>
        new(time, name, ReadMemory(await ContainerClient.RunAsync("stats", "--no-stream", "--format={{.MemUsage}}", container)),
            connections);

    /// <summary>The number of visitors' connections to a load balancer, as it reports it (<c>CurrConns</c>).</summary>
    public static async Task<long> ConnectionsAsync(HAProxyResource instance, CancellationToken cancellationToken)
    {
        var line = (await RuntimeApiClient.SendAsync(instance, "@1 show info", cancellationToken)).Split('\n')
            .Single(line => line.StartsWith("CurrConns:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Parses the first of two amounts such as "12.5MiB / 23.4GiB".</summary>
    /// <returns>The amount in MiB.</returns>
    public static double ReadMemory(string usage)
    {
        var amount = usage.Split('/')[0].Trim();
        var digits = amount.TrimEnd([.. "KMGTkiB"]);
        var factor = amount[digits.Length..] switch
        {
            "B" => 1 / Mebibyte,
            "KiB" => 1024 / Mebibyte,
            "kB" => 1000 / Mebibyte,
            "MiB" => 1,
            "MB" => 1_000_000 / Mebibyte,
            "GiB" => 1024,
            "GB" => 1_000_000_000 / Mebibyte,
            var unit => throw new FormatException($"'{unit}' in '{usage}' is not a known unit of memory."),
        };
        return double.Parse(digits, CultureInfo.InvariantCulture) * factor;
    }

    /// <summary>
    /// The processor time of processes and of their ended children, such as PostgreSQL's backend processes of closed connections. The
    /// resolution is 10 ms, as Linux reports it to programs (USER_HZ).
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public static TimeSpan CpuTimeOf(IReadOnlyList<Process> processes) => OperatingSystem.IsLinux()
        ? TimeSpan.FromMilliseconds(10 * processes.Sum(process => TicksOf(process.Id)))
        : throw new PlatformNotSupportedException("Processor time is read from /proc, which only Linux has.");

    // utime, stime, cutime and cstime, the 14th to 17th: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    private static long TicksOf(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // The process has just ended; from now on, its parent's time includes it.
            return 0;
        }
    }

    // https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html; on other systems the number is unknown and reported as 0.
    private static long SocketsOf(Process process)
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? Directory.EnumerateFiles($"/proc/{process.Id}/fd")
                    .Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true)
                : 0;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }
}
