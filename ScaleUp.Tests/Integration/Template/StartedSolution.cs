using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Publishing;

namespace ScaleUp.Tests.Template;

/// <summary>A solution started as a user starts it, but on free ports, without a data volume and with its own user secrets.</summary>
internal sealed class StartedSolution : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentQueue<string> _lines = [];
    private readonly Process _process;
    private readonly Solution _solution;

    private StartedSolution(Solution solution, ProcessStartInfo start, int port)
    {
        _solution = solution;
        Website = new Uri($"http://localhost:{port}/");
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Website { get; }

    private string Folder => $"{_solution.Folder}/";

    private string Log => string.Join('\n', _lines);

    /// <summary>Starts a solution that has been built.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="secrets">The folder for its generated passwords, so that they don't go into the user's secrets.</param>
    public static StartedSolution Start(Solution solution, string secrets)
    {
        var port = FindFreePort();
        // No launch profile, because a developer's own topology may use its ports.
        var start = CommandLine.Describe(solution.Folder, "dotnet",
            [
                "run", "--no-build", "--no-launch-profile", "--project", $"{solution.Namespace}.AppHost",
                "--", $"--LoadBalancer:Port={port}", "--Postgres:Volume=",
            ]);
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        foreach (var variable in new[] { "ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL" })
        {
            start.Environment[variable] = $"http://127.0.0.1:{FindFreePort()}";
        }

        // This variable takes precedence for the location of user secrets, https://learn.microsoft.com/aspnet/core/security/app-secrets.
        start.Environment["APPDATA"] = secrets;
        return new(solution, start, port);
    }

    /// <summary>Waits for the home page and returns it; fails with the solution's output if it does not appear in time.</summary>
    public async Task<string> ReadPageAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Assert.False(_process.HasExited, $"The solution exited before it served the home page:\n{Log}");
            Assert.True(clock.Elapsed < s_startLimit, $"The solution served no home page within {s_startLimit}:\n{Log}");
            try
            {
                using var response = await http.GetAsync(Website, TestContext.Current.CancellationToken);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                // Not started yet.
            }

            await Task.Delay(s_pollInterval, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Stops the solution by SIGTERM and waits until all its processes have exited; fails with those that remain.</summary>
    public async Task StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var clock = Stopwatch.StartNew();
        while (!_process.HasExited || Processes().Any() || !IsFree(Website.Port))
        {
            Assert.True(clock.Elapsed < s_stopLimit,
                $"After {s_stopLimit}: dotnet {(_process.HasExited ? "exited" : "still running")}, "
                + $"port {Website.Port} {(IsFree(Website.Port) ? "free" : "in use")}, "
                + $"remaining processes: {string.Join(", ", Processes())}:\n{Log}");
            await Task.Delay(s_pollInterval, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>
    /// The running processes of the solution: the programs built in its folder, and Aspire's orchestrator, which exits after it has removed
    /// the containers. All inherit an environment variable that contains the folder.
    /// </summary>
    private IEnumerable<string> Processes()
    {
        foreach (var process in Process.GetProcesses())
        {
            string command;
            try
            {
                command = File.ReadAllText($"/proc/{process.Id}/cmdline").Replace('\0', ' ');
                if (!command.Contains(Folder, StringComparison.Ordinal)
                    && !File.ReadAllText($"/proc/{process.Id}/environ").Contains(Folder, StringComparison.Ordinal))
                {
                    continue;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The process has exited, or belongs to another user.
                continue;
            }

            yield return command;
        }
    }

    private static int FindFreePort() => LoopbackPort.FindFree(["127.0.0.1", "::1"], isStatic: true);

    private static bool IsFree(int port)
    {
        try
        {
            LoopbackPort.EnsureFree(["127.0.0.1", "::1"], port, "a test");
            return true;
        }
        catch (DistributedApplicationException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }
}
