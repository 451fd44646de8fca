using Microsoft.Extensions.Time.Testing;
using ScaleUp.Api.Data;

namespace ScaleUp.Tests.Api;

/// <summary>The time limit for database work is suspended during other slow work, which has its own limit.</summary>
public sealed class RequestDeadlineTests : IDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _clock = new();
    private readonly RequestDeadline _deadline;

    public RequestDeadlineTests() => _deadline = new RequestDeadline(_clock, 5 * s_second);

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task A_suspension_does_not_count_against_the_time_limit()
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
    public async Task Without_a_suspension_the_time_limit_expires()
    {
        _clock.Advance(5 * s_second);

        Assert.False(await _deadline.Over);
    }
}
