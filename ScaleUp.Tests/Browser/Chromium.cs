using Microsoft.Playwright;
using ScaleUp.Tests.Suite;

[assembly: AssemblyFixture(typeof(ScaleUp.Tests.Browsing.Chromium))]

namespace ScaleUp.Tests.Browsing;

/// <summary>The machine's own Chromium, or Chrome, started when the first test wants it. Playwright's downloads are not used.</summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>Says where the program is, on machines that have it in an unusual place.</summary>
    private const string PathVariable = "SCALEUP_CHROMIUM";

    private static readonly string[] s_names =
        OperatingSystem.IsWindows() ? ["chromium.exe", "chrome.exe", "msedge.exe"] : ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly SemaphoreSlim _start = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The browser; a test that asks for it where there is none is skipped, but not in CI, where nobody would notice.</summary>
    public async Task<IBrowser> StartAsync()
    {
        IntegrationAttribute.Require("a browser");
        await _start.WaitAsync();
        try
        {
            return await StartOnceAsync();
        }
        finally
        {
            _start.Release();
        }
    }

    private async Task<IBrowser> StartOnceAsync()
    {
        if (_browser is { IsConnected: true })
        {
            return _browser;
        }

        var program = Find();
        if (program is null)
        {
            const string Advice = $"There is no Chromium or Chrome on this machine: install one, or say by {PathVariable} where it is.";
            Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), Advice);
            Assert.Fail(Advice);
        }

        _playwright ??= await Playwright.CreateAsync();
        return _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            // Chromium has none for root.
            ChromiumSandbox = OperatingSystem.IsLinux() && !Environment.IsPrivilegedProcess,
            Args = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
        });
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path)
        {
            return File.Exists(path) ? path : throw new FileNotFoundException($"{PathVariable} names a file that is not there.", path);
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return s_names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
        _start.Dispose();
    }
}
