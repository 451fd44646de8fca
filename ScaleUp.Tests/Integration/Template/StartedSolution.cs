using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Publishing;

namespace ScaleUp.Tests.Template;

/// <summary>A solution that has been started as a user does it, but at free ports and with nothing that outlives it.</summary>
internal sealed class StartedSolution : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

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

    /// <summary>Starts a solution that is built.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="secrets">Where its generated passwords go, so that they do not stay among the user's.</param>
    public static StartedSolution Start(Solution solution, string secrets)
    {
        var port = FindFreePort();
        // No launch profile: its ports are those of whoever works on this machine.
        var start = CommandLine.Describe(solution.Folder, "dotnet",
            ["run", "--no-build", "--no-launch-profile", "--project", $"{solution.Namespace}.AppHost", "--", $"--LoadBalancer:Port={port}", "--Postgres:Volume="]);
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        foreach (var variable in new[] { "ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL" })
        {
            start.Environment[variable] = $"http://127.0.0.1:{FindFreePort()}";
        }

        // The folder of user secrets is looked for here first, https://learn.microsoft.com/aspnet/core/security/app-secrets.
        start.Environment["APPDATA"] = secrets;
        return new(solution, start, port);
    }

    /// <summary>The front page, as soon as there is one; fails with what the solution has written if there is none in time.</summary>
    public async Task<string> ReadPageAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Assert.False(_process.HasExited, $"It ended before there was a page:\n{Log}");
            Assert.True(clock.Elapsed < s_startLimit, $"No page within {s_startLimit}:\n{Log}");
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
                // Not there yet.
            }

            await Task.Delay(s_look, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Stops it as Ctrl-C does, and waits until it and all that it has started are gone; fails with what is left if they do not go.</summary>
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
                $"After {s_stopLimit}: {(_process.HasExited ? "ended" : "still running")}, port {Website.Port} {(IsFree(Website.Port) ? "free" : "in use")}, running {string.Join(", ", Processes())}:\n{Log}");
            await Task.Delay(s_look, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>
    /// What runs of it: the programs that were built in its folder, and Aspire's orchestrator, which ends once it has removed
    /// the containers. All have inherited a variable that names the folder.
    /// </summary>
    private IEnumerable<string> Processes()
    {
        foreach (var process in Process.GetProcesses())
        {
            string command;
            try
            {
                command = File.ReadAllText($"/proc/{process.Id}/cmdline").Replace('\0', ' ');
                if (!command.Contains(Folder, StringComparison.Ordinal) && !File.ReadAllText($"/proc/{process.Id}/environ").Contains(Folder, StringComparison.Ordinal))
                {
                    continue;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or somebody else's.
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
