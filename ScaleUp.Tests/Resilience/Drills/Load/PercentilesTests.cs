namespace ScaleUp.Tests.Drills.Load;

public sealed class PercentilesTests
{
    [Fact]
    public void For_a_thousand_values_each_percentile_is_the_value_of_its_rank()
    {
        var times = Percentiles.Of(Enumerable.Range(1, 1000).Reverse().Select(i => TimeSpan.FromMilliseconds(i)))!;

        Assert.Equal((500, 990, 999, 1000),
            (times.P50.TotalMilliseconds, times.P99.TotalMilliseconds, times.P999.TotalMilliseconds, times.Max.TotalMilliseconds));
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 1, 2, 2)]
    [InlineData(3, 2, 3, 3)]
    [InlineData(100, 50, 99, 100)]
    [InlineData(101, 51, 100, 101)]
    [InlineData(1001, 501, 991, 1000)]
    public void At_least_the_named_share_of_values_does_not_exceed_a_percentile(int count, double p50, double p99, double p999)
    {
        var times = Percentiles.Of(Enumerable.Range(1, count).Select(i => TimeSpan.FromMilliseconds(i)))!;

        Assert.Equal((p50, p99, p999), (times.P50.TotalMilliseconds, times.P99.TotalMilliseconds, times.P999.TotalMilliseconds));
    }

    [Fact]
    public void Without_values_there_are_no_percentiles() => Assert.Null(Percentiles.Of([]));
}
