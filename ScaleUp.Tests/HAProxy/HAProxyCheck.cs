using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Has the HAProxy of the topology's image check a configuration (<c>haproxy -c</c>).</summary>
internal static class HAProxyCheck
{
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string configuration, Dictionary<string, string> variables, CancellationToken cancellationToken)
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        var start = new ProcessStartInfo(settings["ASPIRE_CONTAINER_RUNTIME"] ?? "docker")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = ["run", "--rm", "--interactive", "--env=LB_NAME=lb-1", "--env=LB_1=lb-1:10000", "--env=LB_2=lb-2:10000", "--env=LB_TLS_PORT=8443",
            .. variables.Select(v => $"--env={v.Key}={v.Value}"),
            "--entrypoint=haproxy", AppHost.Topology.Read(settings).HAProxyImage, "-c", "-f", "/dev/stdin"];
        Array.ForEach(arguments, start.ArgumentList.Add);

        using var process = Process.Start(start)!;
        var output = Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.StandardInput.WriteAsync(configuration.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, string.Concat(await output));
    }
}
