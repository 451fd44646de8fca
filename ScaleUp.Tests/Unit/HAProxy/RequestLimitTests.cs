using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The properties of a request limit become part of HAProxy's configuration, so invalid values are rejected.</summary>
public sealed class RequestLimitTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("Sign-In", "The name of a limit is 'Sign-In'; it must start with a lower-case letter")]
    [InlineData("", "The name of a limit is ''; it must")]
    [InlineData("1st", "The name of a limit is '1st'; it must")]
    [InlineData("sign in\n  http-request allow", "The name of a limit is 'sign in")]
    public void A_name_has_lower_case_letters_digits_and_dashes(string name, string expected) =>
        Assert.StartsWith(expected, ValidationError(new HAProxyRequestLimit(name, 1, s_second)));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_allows_at_least_one_request(int requests) => Assert.Equal(
        $"The limit 'all' allows {requests} requests; it must allow at least 1.",
        ValidationError(new HAProxyRequestLimit("all", requests, s_second)));

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("00:00:00.9990000")]
    [InlineData("00:00:01.5000000")]
    [InlineData("1.00:00:01")]
    public void A_period_is_whole_seconds_up_to_a_day(string period) => Assert.Equal(
        $"The period of the limit 'all' is {period}; it must be 1 second to 1 day, in whole seconds.",
        ValidationError(new HAProxyRequestLimit("all", 1, TimeSpan.Parse(period, null))));

    [Theory]
    [InlineData("post")]
    [InlineData("")]
    [InlineData("POST }")]
    public void A_method_is_upper_case_letters(string method) => Assert.Equal(
        $"The method of the limit 'all' is '{method}'; it must be 1 to 16 upper-case letters, for example POST.",
        ValidationError(new HAProxyRequestLimit("all", 1, s_second, method)));

    [Theory]
    [InlineData("sign-in")]
    [InlineData("")]
    [InlineData("/sign in")]
    [InlineData("/a } || { always_true")]
    public void A_path_begins_with_a_slash_and_has_unreserved_characters_only(string path) => Assert.Equal(
        $"The path of the limit 'all' is '{path}'; it must start with '/' and contain only letters, digits and '/._~-'.",
        ValidationError(new HAProxyRequestLimit("all", 1, s_second, Path: path)));

    [Fact]
    public void Limit_names_are_unique() => Assert.Equal(
        "Limits contains 2 limits named 'all'; names must be unique.",
        ValidationError(new("all", 1, s_second), new("all", 2, TimeSpan.FromDays(1))));

    [Fact]
    public void The_bounds_of_the_ranges_are_allowed()
    {
        var settings = new HAProxySettings();
        settings.Limits.Add(new("a", 1, s_second));
        settings.Limits.Add(new("sign-in-2", int.MaxValue, TimeSpan.FromDays(1), "POST", "/account/sign-in.html"));

        settings.Validate();
    }

    private static string ValidationError(params HAProxyRequestLimit[] limits)
    {
        var settings = new HAProxySettings();
        Array.ForEach(limits, settings.Limits.Add);
        return Assert.Throws<ArgumentException>(settings.Validate).Message;
    }
}
