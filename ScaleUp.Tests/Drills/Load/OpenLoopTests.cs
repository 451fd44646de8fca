using System.Diagnostics;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Drills.Load;

[Collection(nameof(Undisturbed))]
public sealed class OpenLoopTests
{
    private static readonly Answer s_good = new(RequestKind.Read, "/", Outcome.Good, 200);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_come_by_the_clock_also_if_nobody_answers()
    {
        var (sent, answers) = (0, new TaskCompletionSource<Answer>());
        var clock = Stopwatch.StartNew();
        var load = new OpenLoop(100, _ =>
        {
            Interlocked.Increment(ref sent);
            return answers.Task;
        });

        await Task.Delay(1000, Cancellation);
        var (seen, elapsed) = (Volatile.Read(ref sent), clock.Elapsed);
        answers.SetResult(s_good);
        await load.DisposeAsync();

        Assert.True(seen >= 0.8 * 100 * elapsed.TotalSeconds, $"Only {seen} requests were sent in {elapsed}.");
        Assert.True(seen <= (100 * elapsed.TotalSeconds) + 1, $"{seen} requests were sent in {elapsed}.");
    }

    [Fact]
    public async Task A_stall_counts_for_everybody_who_came_in_it()
    {
        var stalled = new TaskCompletionSource<Answer>();
        await using var load = new OpenLoop(100, _ => stalled.Task);
        await Task.Delay(500, Cancellation);
        var end = load.Now;
        stalled.SetResult(s_good);

        var samples = await load.EndAsync();

        Assert.True(samples.Count > 30, $"{samples.Count} requests");
        Assert.All(samples.Where(sample => sample.Scheduled < end), sample => Assert.True(sample.Latency >= end - sample.Scheduled, sample.ToString()));
    }

    [Fact]
    public async Task A_request_is_due_at_its_number_and_none_is_left_out()
    {
        await using var load = new OpenLoop(200, number => Task.FromResult(s_good with { Target = $"{number}" }));
        await Task.Delay(300, Cancellation);

        var samples = (await load.EndAsync()).OrderBy(sample => sample.Scheduled).ToArray();

        Assert.All(samples.Index(), item =>
        {
            Assert.Equal($"{item.Index}", item.Item.Answer.Target);
            Assert.Equal(item.Index * 5.0, item.Item.Scheduled.TotalMilliseconds, 0.001);
            Assert.True(item.Item.Sent >= item.Item.Scheduled, item.Item.ToString());
        });
    }

    [Fact]
    public async Task A_fault_of_the_drill_itself_is_no_success()
    {
        await using var load = new OpenLoop(100, _ => throw new InvalidOperationException("broken"));
        await Task.Delay(50, Cancellation);

        Assert.All(await load.EndAsync(), sample =>
        {
            Assert.False(sample.IsGood);
            Assert.Contains("broken", sample.Answer.Detail);
        });
    }

    [Theory]
    [InlineData(1000, 0, true)]
    [InlineData(990, 0, true)]
    [InlineData(989, 0, false)]
    [InlineData(1000, 150, true)]
    [InlineData(1000, 151, false)]
    public void A_load_that_was_too_little_or_too_late_does_not_count(int sent, double late, bool isKept)
    {
        var samples = Enumerable.Range(0, sent).Select(i => new Sample(s_good, At(i * 10), At((i * 10) + late), At((i * 10) + late + 5))).ToArray();

        Assert.Equal(isKept, Pace.Of(samples, 100, TimeSpan.FromSeconds(10)).IsKept);
    }

    [Fact]
    public void A_few_late_requests_are_no_lateness()
    {
        var samples = Enumerable.Range(0, 1000).Select(i => new Sample(s_good, At(i), At(i < 10 ? i + 500 : i), At(i + 600))).ToArray();

        Assert.Equal(TimeSpan.Zero, Pace.Of(samples, 1000, TimeSpan.FromSeconds(1)).Lateness);
    }

    private static TimeSpan At(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
