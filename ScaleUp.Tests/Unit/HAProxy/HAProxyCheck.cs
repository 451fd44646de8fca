using System.Text.RegularExpressions;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Checks a configuration with <c>haproxy -c</c> in the topology's HAProxy image.</summary>
internal static partial class HAProxyCheck
{
    /// <summary>Checks the configuration that the first load balancer of the model receives.</summary>
    public static Task<(int ExitCode, string Output)> RunAsync(HAProxyModel model) => RunAsync(model, HAProxyConfiguration.Render(model));

    /// <summary>Checks a configuration with the environment variables of a model and additional ones (<c>NAME=value</c>).</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(HAProxyModel model, string configuration, params string[] variables)
    {
        var backends = model.Frontends.Select(frontend => frontend.Backend).ToArray();
        string[] addresses =
        [
            .. backends.SelectMany(b => b.Servers).Select(s => s.AddressVariable),
            .. backends.Where(b => b.DiscoveredServers > 0).Select(b => b.AddressVariable),
            .. model.TcpFrontends.SelectMany(f => f.Servers).Select(HAProxyServer.VariableOf),
        ];
        var container = await ContainerClient.RunAsync(["create",
            $"--env={HAProxyConfiguration.NameVariable}={model.Instances[0]}",
            $"--env={HAProxyConfiguration.TlsPortVariable}=8443",
            .. model.Instances.Select(name => $"--env={HAProxyServer.VariableOf(name)}={name}:{HAProxyConfiguration.PeersPort}"),
            .. addresses.Select(variable => $"--env={variable}=127.0.0.1:5000"),
            .. backends.Where(b => b.DiscoveredServers > 0).Select(b => $"--env={b.HostVariable}=localhost"),
            .. variables.Select(variable => $"--env={variable}"),
            "--entrypoint=haproxy", ContainerClient.HAProxyImage,
            "-c", "-f", $"{HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}"]);
        try
        {
            await ContainerClient.CopyFilesAsync(container, configuration, model.Tls is null ? null : TestCertificate.Pem);
            return await ContainerClient.TryAsync(["start", "--attach", container]);
        }
        finally
        {
            await ContainerClient.RunAsync("rm", "--force", container);
        }
    }

    /// <summary>The major and minor version of HAProxy in the image.</summary>
    public static async Task<Version> VersionAsync()
    {
        var output = await ContainerClient.RunAsync("run", "--rm", "--entrypoint=haproxy", ContainerClient.HAProxyImage, "-v");
        return Version.Parse(VersionPattern().Match(output).Groups[1].Value);
    }

    [GeneratedRegex(@"version (\d+\.\d+)")]
    private static partial Regex VersionPattern();
}
