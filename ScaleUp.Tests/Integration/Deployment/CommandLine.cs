using System.Diagnostics;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>Programs that are run to their end.</summary>
internal static class CommandLine
{
    /// <summary>Runs a program, and fails the test with what it wrote if it fails or takes longer than the limit.</summary>
    /// <returns>What it wrote.</returns>
    public static async Task<string> RunAsync(TimeSpan limit, string folder, string program, params string[] arguments)
    {
        var (exitCode, text) = await TryRunAsync(limit, folder, program, arguments);
        Assert.True(exitCode == 0, $"'{program} {string.Join(' ', arguments)}' ended with {exitCode}:\n{text}");
        return text;
    }

    /// <summary>Runs a program, and fails the test with what it wrote if it takes longer than the limit.</summary>
    /// <returns>With which code it ended, and what it wrote.</returns>
    public static async Task<(int ExitCode, string Text)> TryRunAsync(TimeSpan limit, string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(Describe(folder, program, arguments))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
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

    /// <summary>A program that leaves nothing running behind it.</summary>
    public static ProcessStartInfo Describe(string folder, string program, IEnumerable<string> arguments)
    {
        IntegrationAttribute.Require("other programs");
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        return start;
    }
}
