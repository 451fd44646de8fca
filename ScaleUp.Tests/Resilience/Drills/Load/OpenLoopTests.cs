using Microsoft.Extensions.Time.Testing;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Drills.Load;

public sealed class OpenLoopTests
{
    private static readonly Answer s_good = new(RequestKind.Read, "/", Outcome.Good, 200);

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Requests_are_sent_on_schedule_even_without_responses()
    {
        var (sent, answers) = (0, new TaskCompletionSource<Answer>());
        var load = new OpenLoop(
            100,
            _ =>
            {
                Interlocked.Increment(ref sent);
                return answers.Task;
            },
            _clock);

        foreach (var due in new[] { 1, 51, 101 })
        {
            await SentAsync(() => Volatile.Read(ref sent), due);
            _clock.Advance(TimeSpan.FromSeconds(0.5));
        }

        answers.SetResult(s_good);
        // Requests due at the end of the load may be sent or not; later ones are not sent.
        Assert.InRange((await load.EndAsync()).Count, 101, 151);
        await load.DisposeAsync();
    }

    [Fact]
    public async Task A_stall_counts_for_all_requests_due_during_it()
    {
        var stalled = new TaskCompletionSource<Answer>();
        var sent = 0;
        await using var load = new OpenLoop(
            100,
            _ =>
            {
                Interlocked.Increment(ref sent);
                return stalled.Task;
            },
            _clock);
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        await SentAsync(() => Volatile.Read(ref sent), 51);
        var end = load.Now;
        stalled.SetResult(s_good);

        var samples = await load.EndAsync();

        Assert.Equal(51, samples.Count);
        Assert.All(samples, sample => Assert.Equal(end - sample.Scheduled, sample.Latency));
    }

    [Fact]
    public async Task Each_request_has_its_due_time_and_none_is_skipped()
    {
        await using var load = new OpenLoop(200, number => Task.FromResult(s_good with { Target = $"{number}" }), _clock);
        foreach (var due in new[] { 26, 51, 76, 101 })
        {
            // Many requests become due at the same time, as after a delay of the generator.
            _clock.Advance(TimeSpan.FromMilliseconds(125));
            await SentAsync(() => load.Samples.Count, due);
        }

        var samples = (await load.EndAsync()).OrderBy(sample => sample.Scheduled).ToArray();

        Assert.Equal(101, samples.Length);
        Assert.All(samples.Index(), item =>
        {
            Assert.Equal($"{item.Index}", item.Item.Answer.Target);
            Assert.Equal(item.Index * 5.0, item.Item.Scheduled.TotalMilliseconds, 0.001);
            Assert.True(item.Item.Sent >= item.Item.Scheduled, item.Item.ToString());
        });
    }

    [Fact]
    public async Task An_exception_in_the_drill_itself_counts_as_a_failure()
    {
        await using var load = new OpenLoop(100, _ => throw new InvalidOperationException("broken"), _clock);
        await SentAsync(() => load.Samples.Count, 1);

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
    public void A_load_below_its_rate_or_too_late_is_not_valid(int sent, double late, bool isKept)
    {
        var samples = Enumerable.Range(0, sent)
            .Select(i => new Sample(s_good, At(i * 10), At((i * 10) + late), At((i * 10) + late + 5))).ToArray();

        Assert.Equal(isKept, Pace.Of(samples, 100, TimeSpan.FromSeconds(10)).IsKept);
    }

    [Fact]
    public void A_few_late_requests_do_not_count_as_lateness()
    {
        var samples = Enumerable.Range(0, 1000).Select(i => new Sample(s_good, At(i), At(i < 10 ? i + 500 : i), At(i + 600))).ToArray();

        Assert.Equal(TimeSpan.Zero, Pace.Of(samples, 1000, TimeSpan.FromSeconds(1)).Lateness);
    }

    private static Task<TimeSpan> SentAsync(Func<int> sent, int count) =>
        Eventually.TrueAsync(() => sent() == count, () => Task.FromResult($"{sent()} of {count} requests were sent."));

    private static TimeSpan At(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
