using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>A topology for tests that stop, kill and drain servers, run sequentially.</summary>
public class FaultInjectionFixture : AppHostFixture
{
    private readonly List<string> _paused = [];

    /// <summary>Restores all servers after the previous test, whether it passed or not.</summary>
    public async Task RestoreAsync()
    {
        foreach (var server in _paused.ToArray())
        {
            Resume(server);
        }

        await Task.WhenAll(Servers.Where(server => IsStopped(SnapshotOf(server)))
            .Select(server => ExecuteAsync(server, KnownResourceCommands.StartCommand)));
        await Task.WhenAll(Standby.Where(server => SnapshotOf(server).State?.Text == KnownResourceStates.Running)
            .Select(server => ExecuteAsync(server, KnownResourceCommands.StopCommand)));
        foreach (var server in Servers.Where(
            server => SnapshotOf(server).State?.Text?.StartsWith("Drain", StringComparison.Ordinal) == true))
        {
            await ExecuteAsync(server, HAProxyCommands.Return);
            await WaitForStateAsync(server, state => state == KnownResourceStates.Running);
        }

        await WaitUntilAllHealthyAsync();
    }

    /// <summary>Kills the server (SIGKILL) in the middle of its requests.</summary>
    public void Kill(string server)
    {
        foreach (var process in ProcessesOf(server))
        {
            process.Kill();
        }
    }

    /// <summary>Terminates the server gracefully (SIGTERM), as an orchestrator does.</summary>
    public void Terminate(string server) => Signal(server, "TERM");

    /// <summary>Suspends the server (SIGSTOP): the kernel accepts connections, but they receive no response.</summary>
    public void Pause(string server)
    {
        _paused.Add(server);
        Signal(server, "STOP");
    }

    /// <summary>Resumes the server (SIGCONT).</summary>
    public void Resume(string server)
    {
        _paused.Remove(server);
        Signal(server, "CONT");
    }

    private void Signal(string server, string signal)
    {
        foreach (var process in ProcessesOf(server))
        {
            using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
        }
    }

    // The process that Aspire started may be `dotnet run`, with the server as its child.
    protected IReadOnlyList<Process> ProcessesOf(string server)
    {
        var pid = SnapshotOf(server).Properties.Single(p => p.Name == "executable.pid").Value;
        return FamilyOf(Convert.ToInt32(pid, CultureInfo.InvariantCulture));
    }

    /// <summary>A process and all its descendants.</summary>
    protected static IReadOnlyList<Process> FamilyOf(int root)
    {
        var processes = Process.GetProcesses().Select(process => (Process: process, Parent: ParentOf(process.Id))).ToArray();
        var family = new HashSet<int> { root };
        while (processes.Any(p => family.Contains(p.Parent) && family.Add(p.Process.Id)))
        {
        }

        return [.. processes.Where(p => family.Contains(p.Process.Id)).Select(p => p.Process)];
    }

    private static int ParentOf(int pid)
    {
        try
        {
            // The format is "PID (name) state parent ...", and the name may contain spaces:
            // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
