using System.ComponentModel;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Settings that HAProxy rejects, or that are harmful, are rejected with an error that names the allowed range.</summary>
public sealed class SettingsValidationTests
{
    /// <summary>Each setting with a value just outside its range, and the range in the error message.</summary>
    public static TheoryData<string, string, string> OutOfRange => new()
    {
        { nameof(HAProxySettings.MaxConnections), "9", "between 10 and 1000000" },
        { nameof(HAProxySettings.MaxConnectionsPerServer), "0", "between 1 and 1000000" },
        { nameof(HAProxySettings.MaxLargeBodiesPerServer), "0", "between 1 and 1000000" },
        { nameof(HAProxySettings.MaxStreamsPerServer), "0", "between 1 and 1000000" },
        { nameof(HAProxySettings.MaxQueue), "0", "between 1 and 1000000" },
        { nameof(HAProxySettings.Retries), "-1", "between 0 and 10" },
        { nameof(HAProxySettings.Retries), "11", "between 0 and 10" },
        { nameof(HAProxySettings.Fall), "0", "between 1 and 100" },
        { nameof(HAProxySettings.Fall), "101", "between 1 and 100" },
        { nameof(HAProxySettings.Rise), "0", "between 1 and 100" },
        { nameof(HAProxySettings.Rise), "101", "between 1 and 100" },
        { nameof(HAProxySettings.BufferSize), "16383", "between 16384 and 1048576" },
        { nameof(HAProxySettings.BufferSize), "1048577", "between 16384 and 1048576" },
        { nameof(HAProxySettings.MaxBodySize), "0", "between 1 and 999999999999999" },
        { nameof(HAProxySettings.MaxInternalConnections), "9", "between 10 and 1000000" },
        { nameof(HAProxySettings.MaxConnectionsPerClient), "-1", "between 0 and 1000000" },
        { nameof(HAProxySettings.MaxFormSize), "0", "between 1 and 999999999999999" },
        { nameof(HAProxySettings.SmallBodyTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.LargeBodyTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.ErrorPage), "<p>Without a place for it</p>", "{message} exactly once" },
        { nameof(HAProxySettings.ErrorPage), "{message}{message}", "at most 8192 characters" },
        { nameof(HAProxySettings.ErrorPage), "<p>It's late</p>", "no single quote" },
        { nameof(HAProxySettings.QueueTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.ConnectTimeout), "-00:00:01", "1 ms to 24 days" },
        { nameof(HAProxySettings.AttemptTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.SlowAttemptTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.ServerTimeout), "25.00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.StreamTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.ClientTimeout), "00:00:00.0005000", "in whole milliseconds" },
        { nameof(HAProxySettings.RequestTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.KeepAliveTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.CheckInterval), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.FastCheckInterval), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.CheckTimeout), "00:00:00", "1 ms to 24 days" },
        { nameof(HAProxySettings.SlowStart), "-00:00:01", "zero or 1 ms to 24 days" },
        { nameof(HAProxySettings.OuterAttemptMargin), "-00:00:01", "zero or 1 ms to 24 days" },
        { nameof(HAProxySettings.FastCheckInterval), "00:00:01", "not be longer than CheckInterval (00:00:00.2000000)" },
        { nameof(HAProxySettings.AttemptTimeout), "00:00:11", "not be longer than ServerTimeout (00:00:10)" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void A_value_out_of_range_is_rejected_with_its_range(string setting, string value, string range)
    {
        var exception = Assert.Throws<ArgumentException>(() => Set(setting, value).Validate());

        Assert.StartsWith($"{setting} is {value}; it must ", exception.Message);
        Assert.Contains(range, exception.Message);
    }

    [Fact]
    public void Every_setting_has_a_range()
    {
        var settings = typeof(HAProxySettings).GetProperties()
            .Where(p => p.CanWrite && p.PropertyType != typeof(bool)).Select(p => p.Name);

        Assert.Equal(settings.Order(), OutOfRange.Select(row => row.Data.Item1).Distinct().Order());
    }

    [Theory]
    [InlineData(nameof(HAProxySettings.MaxConnections), "10")]
    [InlineData(nameof(HAProxySettings.MaxConnectionsPerServer), "1")]
    [InlineData(nameof(HAProxySettings.MaxQueue), "1")]
    [InlineData(nameof(HAProxySettings.Retries), "0")]
    [InlineData(nameof(HAProxySettings.Retries), "10")]
    [InlineData(nameof(HAProxySettings.Fall), "1")]
    [InlineData(nameof(HAProxySettings.Fall), "100")]
    [InlineData(nameof(HAProxySettings.BufferSize), "16384")]
    [InlineData(nameof(HAProxySettings.BufferSize), "1048576")]
    [InlineData(nameof(HAProxySettings.ServerTimeout), "24.00:00:00")]
    [InlineData(nameof(HAProxySettings.ConnectTimeout), "00:00:00.0010000")]
    [InlineData(nameof(HAProxySettings.SlowStart), "00:00:00")]
    [InlineData(nameof(HAProxySettings.OuterAttemptMargin), "00:00:00")]
    public void The_bounds_of_a_range_are_allowed(string setting, string value) => Set(setting, value).Validate();

    [Fact]
    public void The_defaults_are_valid_and_detect_a_hung_server_in_time()
    {
        var settings = new HAProxySettings();

        settings.Validate();

        Assert.Equal(TimeSpan.FromSeconds(1.25), settings.DetectionTime);
        Assert.InRange(settings.DetectionTime, TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
    }

    [Fact]
    public void Fewer_failed_checks_shorten_the_detection_time() =>
        Assert.Equal(TimeSpan.FromMilliseconds(700), new HAProxySettings { Fall = 1 }.DetectionTime);

    [Theory]
    [InlineData("00:00:00.0010000", "1ms")]
    [InlineData("00:00:01.5000000", "1500ms")]
    [InlineData("00:00:02", "2s")]
    [InlineData("00:01:00", "1m")]
    [InlineData("00:01:30", "90s")]
    [InlineData("01:00:00", "1h")]
    [InlineData("1.00:00:00", "1d")]
    [InlineData("1.00:00:00.0010000", "86400001ms")]
    public void A_duration_is_rendered_without_loss_of_precision(string value, string expected)
    {
        var settings = Set(nameof(HAProxySettings.KeepAliveTimeout), value);

        var text = HAProxyConfiguration.Render(new(["lb-1"], [new("public", 8080, IsPublic: true, new("web", [new("web-1")]))], settings));

        Assert.Contains($"    timeout http-keep-alive {expected}\n", text);
    }

    [Fact]
    public void Invalid_settings_are_not_rendered() => Assert.Throws<ArgumentException>(() => HAProxyConfiguration.Render(
        new(["lb-1"], [new("public", 8080, IsPublic: true, new("web", [new("web-1")]))], new HAProxySettings { Fall = 0 })));

    private static HAProxySettings Set(string name, string value)
    {
        var settings = new HAProxySettings();
        var property = typeof(HAProxySettings).GetProperty(name)!;
        property.SetValue(settings, TypeDescriptor.GetConverter(property.PropertyType).ConvertFromInvariantString(value));
        return settings;
    }
}
