namespace Aspire.Hosting.Dcp;

/// <summary>Starts DCP, the genuine orchestrator, for as long as this process lives.</summary>
internal sealed class DcpHost(IConfiguration configuration, ILogger<DcpHost> logger)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    // What tells the AppHost where to listen and how to behave is not meant for what it starts.
    private static readonly string[] _notInherited =
        ["ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPIRE_LOG_LEVEL"];

    public async Task<DcpApi> StartAsync(CancellationToken cancellationToken)
    {
        if (configuration["SCALEUP_OFFLINE_DCP"] is not { Length: > 0 } program || !File.Exists(program))
        {
            throw new DistributedApplicationException(
                "SCALEUP_OFFLINE_DCP does not name the orchestrator's program (dcp). eng/offline/prepare.sh unpacks it and sets it.");
        }

        var session = Directory.CreateTempSubdirectory("aspire-dcp").FullName;
        var kubeconfig = Path.Combine(session, "kubeconfig");
        // DCP watches our process id: even if we are killed it stops everything that it started.
        var start = new ProcessStartInfo(program,
            ["start-apiserver", "--monitor", $"{Environment.ProcessId}", "--detach", "--kubeconfig", kubeconfig, "--container-runtime", "docker"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, Environment = { ["DCP_SESSION_FOLDER"] = session },
        };
        _notInherited.ToList().ForEach(name => start.Environment.Remove(name));
        using var launcher = new Process { StartInfo = start };
        launcher.OutputDataReceived += (_, e) => logger.LogDebug("{Line}", e.Data);
        launcher.ErrorDataReceived += (_, e) => logger.LogDebug("{Line}", e.Data);
        launcher.Start();
        launcher.BeginOutputReadLine();
        launcher.BeginErrorReadLine();

        for (var waited = Stopwatch.StartNew(); waited.Elapsed < _limit; await Task.Delay(20, cancellationToken).ConfigureAwait(false))
        {
            if (File.Exists(kubeconfig) && await File.ReadAllTextAsync(kubeconfig, cancellationToken).ConfigureAwait(false) is var text
                && text.Contains("token:", StringComparison.Ordinal))
            {
                return new(text);
            }
        }

        throw new DistributedApplicationException($"DCP ({program}) did not come up within {_limit}; run '{program} info' to see what it lacks.");
    }
}
