using System.Diagnostics;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Waiting for a state, looking often.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until it is so, and fails the test with the evidence if it does not become so.</summary>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> TrueAsync(Func<Task<bool>> isSo, Func<Task<string>> evidence)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await isSo())
        {
            Assert.True(clock.Elapsed < s_limit, $"Not within {s_limit.TotalSeconds} s. {(clock.Elapsed < s_limit ? "" : await evidence())}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return clock.Elapsed;
    }

    public static Task<TimeSpan> TrueAsync(Func<bool> isSo, Func<Task<string>> evidence) => TrueAsync(() => Task.FromResult(isSo()), evidence);
}
