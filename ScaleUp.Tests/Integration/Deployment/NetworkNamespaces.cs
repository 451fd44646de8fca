using System.Diagnostics;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>Simulates machines on one network segment by network namespaces on a bridge. Requires root on Linux.</summary>
internal sealed class NetworkNamespaces : IAsyncDisposable
{
    private static readonly string[] s_programs = ["ip", "keepalived", "haproxy", "bash"];
    private readonly string _prefix = $"scaleup-{Environment.ProcessId}-";
    private readonly List<string> _names = [];
    private readonly List<Process> _processes = [];

    /// <summary>The reason why network namespaces are unavailable; null if they are available.</summary>
    public static async Task<string?> FindMissingRequirementAsync() =>
        !OperatingSystem.IsLinux() ? "Network namespaces need Linux."
        : Environment.UserName != "root" ? "Network namespaces need root."
        : s_programs.FirstOrDefault(program => !IsInstalled(program)) is { } missing ? $"{missing} is not installed."
        : await FindMissingPermissionAsync();

    /// <summary>The namespace of the client, which also has the bridge.</summary>
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
            // Creates the pair inside the namespaces, so that it never appears on the host; interface names are limited to 15 characters.
            await IpAsync($"-n {Client} link add {machine} type veth peer name eth0 netns {Name(machine)}");
            await IpAsync($"-n {Client} link set {machine} master bridge up");
            await IpAsync($"-n {Name(machine)} addr add {address} dev eth0");
            await IpAsync($"-n {Name(machine)} link set eth0 up");
        }
    }

    /// <summary>Disconnects a machine: it loses its carrier, and the others no longer reach it.</summary>
    public Task DisconnectAsync(string machine) => IpAsync($"-n {Client} link set {machine} down");

    /// <summary>Starts a program in a namespace; disposal kills it.</summary>
    public Process Start(string name, params string[] command)
    {
        var process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", name, .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _processes.Add(process);
        return process;
    }

    /// <summary>Sends a signal to all processes of a program on a machine.</summary>
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
            // Repeat, because a killed process may have started another.
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

    // In a container, root often lacks the capability to create network namespaces.
    private static async Task<string?> FindMissingPermissionAsync()
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
            return $"Network namespaces cannot be created: {exception.Message}";
        }
    }

    private static bool IsInstalled(string program) =>
        new[] { "/usr/sbin", "/usr/bin", "/sbin", "/bin" }.Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task<int[]> ProcessesAsync(string name)
    {
        var output = await RunAsync("ip", "netns", "pids", name);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, null))];
    }

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
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 || program == "kill"
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await error}");
    }
}
