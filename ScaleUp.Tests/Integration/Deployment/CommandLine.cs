using System.Diagnostics;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>Runs programs to completion.</summary>
internal static class CommandLine
{
    /// <summary>Runs a program; fails the test with the program's output if it fails or exceeds the time limit.</summary>
    /// <returns>The standard output, followed by the standard error.</returns>
    public static async Task<string> RunAsync(TimeSpan limit, string folder, string program, params string[] arguments)
    {
        var (exitCode, text) = await TryRunAsync(limit, folder, program, arguments);
        Assert.True(exitCode == 0, $"'{program} {string.Join(' ', arguments)}' exited with code {exitCode}:\n{text}");
        return text;
    }

    /// <summary>Runs a program; fails the test with the program's output if it exceeds the time limit.</summary>
    /// <returns>The exit code, and the standard output followed by the standard error.</returns>
    public static async Task<(int ExitCode, string Text)> TryRunAsync(
        TimeSpan limit, string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(Describe(folder, program, arguments))!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        var text = await output + await error;
        Assert.False(timeout.IsCancellationRequested, $"'{program} {string.Join(' ', arguments)}' took longer than {limit}:\n{text}");
        return (process.ExitCode, text);
    }

    /// <summary>Start information with redirected output, and without the build servers that would outlive the program.</summary>
    public static ProcessStartInfo Describe(string folder, string program, IEnumerable<string> arguments)
    {
        IntegrationAttribute.Require("other programs");
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        return start;
    }
}
