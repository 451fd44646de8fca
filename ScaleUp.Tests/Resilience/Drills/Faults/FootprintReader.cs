using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Drills.Report;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Drills.Faults;

/// <summary>Looks how much memory and how many connections a server has.</summary>
internal static class FootprintReader
{
    private const double Mebibyte = 1024 * 1024;

    /// <param name="time">From the beginning of the load.</param>
    /// <param name="name">The server.</param>
    /// <param name="processes">Its processes.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static Footprint OfProcesses(TimeSpan time, string name, IReadOnlyList<Process> processes) => processes.Count == 0
        ? throw new InvalidOperationException($"{name} has no process.")
        : new(time, name, processes.Sum(process => process.WorkingSet64) / Mebibyte, processes.Sum(SocketsOf));

    /// <param name="time">From the beginning of the load.</param>
    /// <param name="name">The server.</param>
    /// <param name="container">Its container.</param>
    /// <param name="connections">What it says itself of its connections: its sockets are not to be seen from outside.</param>
    public static async Task<Footprint> OfContainerAsync(TimeSpan time, string name, string container, long connections) =>
        new(time, name, ReadMemory(await ContainerClient.RunAsync("stats", "--no-stream", "--format={{.MemUsage}}", container)), connections);

    /// <summary>Connections that visitors have with a load balancer, by its own word (<c>CurrConns</c>).</summary>
    public static async Task<long> ConnectionsAsync(HAProxyResource instance, CancellationToken cancellationToken)
    {
        var line = (await RuntimeApiClient.SendAsync(instance, "@1 show info", cancellationToken)).Split('\n').Single(line => line.StartsWith("CurrConns:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Reads the first of two amounts such as "12.5MiB / 23.4GiB".</summary>
    /// <returns>In MiB.</returns>
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
            var unit => throw new FormatException($"'{unit}' in '{usage}' is no known unit of memory."),
        };
        return double.Parse(digits, CultureInfo.InvariantCulture) * factor;
    }

    /// <summary>
    /// The processor time of processes and of those of their children that have ended: what a process of PostgreSQL used for a
    /// connection counts also after that. In hundredths of a second, as Linux tells it to programs everywhere (USER_HZ).
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public static TimeSpan CpuTimeOf(IReadOnlyList<Process> processes) => OperatingSystem.IsLinux()
        ? TimeSpan.FromMilliseconds(10 * processes.Sum(process => TicksOf(process.Id)))
        : throw new PlatformNotSupportedException("What servers cost is read from /proc, which only Linux has.");

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
            // It has just ended, and is among those of its parent from now on.
            return 0;
        }
    }

    // https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html; elsewhere than on Linux it is not known, and 0.
    private static long SocketsOf(Process process)
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? Directory.EnumerateFiles($"/proc/{process.Id}/fd").Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true)
                : 0;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }
}
