using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.Configuration;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Runs the container client that Aspire uses, and provides the image names of the topology.</summary>
internal static class ContainerClient
{
    private const int HAProxyUser = 99;
    private static readonly IConfiguration s_settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();

    private static readonly AppHost.TopologyOptions s_topology = new AppHost.TopologyOptionsReader(s_settings).Read();

    public static string HAProxyImage => s_topology.LoadBalancer.Image;

    public static string PostgresImage => s_topology.Postgres.Image;

    /// <summary>Runs a command to completion.</summary>
    /// <returns>The trimmed standard output.</returns>
    /// <exception cref="InvalidOperationException">The command failed; the message contains its output.</exception>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await CaptureAsync(arguments, []);
        return exitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{string.Join(' ', arguments)}: {output}{error}");
    }

    /// <summary>Runs a command to completion, whether it succeeds or not.</summary>
    /// <returns>The exit code, and the standard output followed by the standard error.</returns>
    public static async Task<(int ExitCode, string Output)> TryAsync(IEnumerable<string> arguments, byte[]? input = null)
    {
        var (exitCode, output, error) = await CaptureAsync(arguments, input ?? []);
        return (exitCode, output + error);
    }

    private static async Task<(int ExitCode, string Output, string Error)> CaptureAsync(IEnumerable<string> arguments, byte[] input)
    {
        using var process = Start(arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command failed before it read its input; its output has the reason.
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    public static Process Start(IEnumerable<string> arguments)
    {
        IntegrationAttribute.Require("a container engine");
        var start = new ProcessStartInfo(s_settings["ASPIRE_CONTAINER_RUNTIME"] ?? "docker")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>
    /// Copies the files of a load balancer into its container, which need not run, with the same owners and modes as the AppHost: the
    /// configuration, and the certificate, which only HAProxy's user can read.
    /// </summary>
    public static async Task CopyFilesAsync(string container, string configuration, string? certificate)
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            await AddAsync(HAProxyConfiguration.FileName, configuration, user: 0, (UnixFileMode)0b110_100_100);
            if (certificate is not null)
            {
                await AddAsync(HAProxyConfiguration.CertificateFileName, certificate, HAProxyUser, UnixFileMode.UserRead);
            }

            Task AddAsync(string name, string text, int user, UnixFileMode mode) =>
                tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                    Uid = user,
                    Gid = user,
                    Mode = mode,
                });
        }

        var (exitCode, output) = await TryAsync(["cp", "-", $"{container}:{HAProxyConfiguration.Folder}"], archive.ToArray());
        Assert.True(exitCode == 0, output);
    }
}
