using System.Diagnostics;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>Machines on one cable, as far as the kernel can play them: network namespaces on a bridge. Needs root on Linux.</summary>
internal sealed class NetworkNamespaces : IAsyncDisposable
{
    private static readonly string[] s_programs = ["ip", "keepalived", "haproxy", "bash"];
    private readonly string _prefix = $"scaleup-{Environment.ProcessId}-";
    private readonly List<string> _names = [];
    private readonly List<Process> _processes = [];

    /// <summary>Why there can be none here; null if there can.</summary>
    public static async Task<string?> FindObstacleAsync() =>
        !OperatingSystem.IsLinux() ? "Network namespaces are Linux's."
        : Environment.UserName != "root" ? "Network namespaces need root."
        : s_programs.FirstOrDefault(program => !IsInstalled(program)) is { } missing ? $"{missing} is not installed."
        : await FindRefusalAsync();

    /// <summary>The machine with the bridge, from which the others are asked.</summary>
    public string Client => _prefix + "client";

    public string Name(string machine) => _prefix + machine;

    public async Task ConnectAsync(string clientAddress, IReadOnlyDictionary<string, string> machines)
    {
        await AddAsync(Client);
        await IpAsync($"-n {Client} link add bridge type bridge");
        await IpAsync($"-n {Client} addr add {clientAddress} dev bridge");
        await IpAsync($"-n {Client} link set bridge up");
        foreach (var (machine, address) in machines)
        {
            await AddAsync(Name(machine));
            // Names of interfaces are short, and the pair must not be in the machine's own namespace for a moment.
            await IpAsync($"-n {Client} link add {machine} type veth peer name eth0 netns {Name(machine)}");
            await IpAsync($"-n {Client} link set {machine} master bridge up");
            await IpAsync($"-n {Name(machine)} addr add {address} dev eth0");
            await IpAsync($"-n {Name(machine)} link set eth0 up");
        }
    }

    /// <summary>Pulls the cable of a machine: it sees that it has no carrier, and the others see nothing of it.</summary>
    public Task PullCableAsync(string machine) => IpAsync($"-n {Client} link set {machine} down");

    /// <summary>Starts a program on a machine; it is killed with the machine.</summary>
    public Process Start(string name, params string[] command)
    {
        var process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", name, .. command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _processes.Add(process);
        return process;
    }

    /// <summary>A signal to all processes of a program on a machine.</summary>
    public async Task KillAsync(string machine, string program, string signal = "KILL")
    {
        foreach (var id in await ProcessesAsync(Name(machine)))
        {
            if (File.Exists($"/proc/{id}/comm") && (await File.ReadAllTextAsync($"/proc/{id}/comm")).Trim() == program)
            {
                await RunAsync("kill", $"-{signal}", $"{id}");
            }
        }
    }

    /// <summary>Whether a program runs on a machine.</summary>
    public async Task<bool> IsRunningAsync(string machine, string program)
    {
        foreach (var id in await ProcessesAsync(Name(machine)))
        {
            if (File.Exists($"/proc/{id}/comm") && (await File.ReadAllTextAsync($"/proc/{id}/comm")).Trim() == program)
            {
                return true;
            }
        }

        return false;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _names)
        {
            // Until none is left: what is killed may have been starting another.
            while (await ProcessesAsync(name) is { Length: > 0 } ids)
            {
                foreach (var id in ids)
                {
                    await RunAsync("kill", "-KILL", $"{id}");
                }
            }

            await IpAsync($"netns del {name}");
        }

        _processes.ForEach(process => process.Dispose());
    }

    // Root in a container is often not allowed to.
    private static async Task<string?> FindRefusalAsync()
    {
        var name = $"scaleup-{Environment.ProcessId}-try";
        try
        {
            await IpAsync($"netns add {name}");
            await IpAsync($"netns del {name}");
            return null;
        }
        catch (InvalidOperationException exception)
        {
            return $"Nobody makes network namespaces here: {exception.Message}";
        }
    }

    private static bool IsInstalled(string program) =>
        new[] { "/usr/sbin", "/usr/bin", "/sbin", "/bin" }.Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task<int[]> ProcessesAsync(string name) =>
        [.. (await RunAsync("ip", "netns", "pids", name)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, null))];

    private async Task AddAsync(string name)
    {
        await IpAsync($"netns add {name}");
        _names.Add(name);
        await IpAsync($"-n {name} link set lo up");
    }

    private static Task<string> IpAsync(string arguments) => RunAsync("ip", arguments.Split(' '));

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        IntegrationAttribute.Require("network namespaces");
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 || program == "kill" ? await output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await error}");
    }
}
