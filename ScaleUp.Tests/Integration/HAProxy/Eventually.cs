using System.Diagnostics;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Waiting for a state, looking often.</summary>
internal static class Eventually
{
    /// <summary>
    /// The limit of every wait for a state, against tests that hang. It is no promise of the product and far beyond what a slow machine needs,
    /// so that no test fails for the machine's sake.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits until it is so, and fails the test with the evidence if it does not become so.</summary>
    /// <returns>How long it took, to be reported and not to be asserted.</returns>
    public static async Task<TimeSpan> TrueAsync(Func<Task<bool>> isSo, Func<Task<string>> evidence)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await isSo())
        {
            if (clock.Elapsed >= Limit)
            {
                Assert.Fail($"Not within {Limit.TotalSeconds} s. {await evidence()}");
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return clock.Elapsed;
    }

    public static Task<TimeSpan> TrueAsync(Func<bool> isSo, Func<Task<string>> evidence) => TrueAsync(() => Task.FromResult(isSo()), evidence);
}
