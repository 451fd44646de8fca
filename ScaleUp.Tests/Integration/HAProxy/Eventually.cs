using System.Diagnostics;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Waits for a state by polling it.</summary>
internal static class Eventually
{
    /// <summary>
    /// The limit of every wait, against hanging tests. It asserts nothing about the product, and far exceeds the needs of a slow machine,
    /// so that slowness fails no test.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Polls a condition every 10 ms until it is true; fails the test with the evidence after <see cref="Limit"/>.</summary>
    /// <returns>The elapsed time, for reports; tests must not assert it.</returns>
    public static async Task<TimeSpan> TrueAsync(Func<Task<bool>> condition, Func<Task<string>> evidence)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            if (clock.Elapsed >= Limit)
            {
                Assert.Fail($"The condition was not met within {Limit.TotalSeconds} s. {await evidence()}");
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return clock.Elapsed;
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, Func{Task{string}})"/>
    public static Task<TimeSpan> TrueAsync(Func<bool> condition, Func<Task<string>> evidence) =>
        TrueAsync(() => Task.FromResult(condition()), evidence);
}
