using Microsoft.Extensions.Time.Testing;
using ScaleUp.Api.Data;

namespace ScaleUp.Tests.Api;

/// <summary>The time for the database stands still while something else takes its time, which has a limit too.</summary>
public sealed class RequestDeadlineTests : IDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _clock = new();
    private readonly RequestDeadline _deadline;

    public RequestDeadlineTests() => _deadline = new RequestDeadline(_clock, 5 * s_second);

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task What_was_left_before_is_left_afterwards()
    {
        _clock.Advance(2 * s_second);
        using (_deadline.Suspend(100 * s_second))
        {
            _clock.Advance(99 * s_second);
        }

        _clock.Advance(2 * s_second);
        using (_deadline.Suspend(100 * s_second))
        {
            _clock.Advance(99 * s_second);
        }

        Assert.False(_deadline.Over.IsCompleted);
        _clock.Advance(s_second);
        Assert.False(await _deadline.Over);
    }

    [Fact]
    public async Task A_suspension_has_its_own_limit()
    {
        using (_deadline.Suspend(10 * s_second))
        {
            _clock.Advance(9 * s_second);
            Assert.False(_deadline.Over.IsCompleted);
            _clock.Advance(s_second);
        }

        Assert.True(await _deadline.Over);
    }

    [Fact]
    public async Task Without_one_it_is_over_when_it_is()
    {
        _clock.Advance(5 * s_second);

        Assert.False(await _deadline.Over);
    }
}
