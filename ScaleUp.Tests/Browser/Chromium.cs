using Microsoft.Playwright;
using ScaleUp.Tests.Suite;

[assembly: AssemblyFixture(typeof(ScaleUp.Tests.Browsing.Chromium))]

namespace ScaleUp.Tests.Browsing;

/// <summary>The installed Chromium or Chrome, started by the first test that needs it; Playwright's downloads are not used.</summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>Points to a browser in a non-standard location.</summary>
    private const string PathVariable = "SCALEUP_CHROMIUM";

    private static readonly string[] s_names =
        OperatingSystem.IsWindows() ? ["chromium.exe", "chrome.exe", "msedge.exe"]
            : ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly SemaphoreSlim _start = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Returns the browser. Without one, the test is skipped, but fails in CI, where a skipped test would go unnoticed.</summary>
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
            const string Advice = $"Chromium or Chrome was not found. Install one, or set {PathVariable} to its path.";
            Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), Advice);
            Assert.Fail(Advice);
        }

        _playwright ??= await Playwright.CreateAsync();
        return _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            // Chromium does not support its sandbox for root.
            ChromiumSandbox = OperatingSystem.IsLinux() && !Environment.IsPrivilegedProcess,
            Args = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
        });
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path)
        {
            return File.Exists(path) ? path
                : throw new FileNotFoundException($"{PathVariable} points to a file that does not exist.", path);
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
