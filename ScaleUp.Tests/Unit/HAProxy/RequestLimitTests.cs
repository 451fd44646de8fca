using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A limit on a client's requests becomes part of the configuration, so it has to be one that HAProxy reads as it is meant.</summary>
public sealed class RequestLimitTests
{
    [Theory]
    [InlineData("Sign-In", "The name of a limit is 'Sign-In'; it must start with a lower-case letter")]
    [InlineData("", "The name of a limit is ''; it must")]
    [InlineData("1st", "The name of a limit is '1st'; it must")]
    [InlineData("sign in\n  http-request allow", "The name of a limit is 'sign in")]
    public void A_name_is_a_word_of_the_configuration(string name, string expected) =>
        Assert.StartsWith(expected, Refusal(new HAProxyRequestLimit(name, 1, TimeSpan.FromSeconds(1))));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void At_least_one_request_is_allowed(int requests) =>
        Assert.Equal($"The limit 'all' allows {requests} requests; it must allow at least 1.", Refusal(new HAProxyRequestLimit("all", requests, TimeSpan.FromSeconds(1))));

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("00:00:00.9990000")]
    [InlineData("00:00:01.5000000")]
    [InlineData("1.00:00:01")]
    public void A_period_is_whole_seconds_up_to_a_day(string period) => Assert.Equal(
        $"The period of the limit 'all' is {period}; it must be 1 second to 1 day, in whole seconds.", Refusal(new HAProxyRequestLimit("all", 1, TimeSpan.Parse(period, null))));

    [Theory]
    [InlineData("post")]
    [InlineData("")]
    [InlineData("POST }")]
    public void A_method_is_upper_case_letters(string method) => Assert.Equal(
        $"The method of the limit 'all' is '{method}'; it must be 1 to 16 upper-case letters, for example POST.", Refusal(new HAProxyRequestLimit("all", 1, TimeSpan.FromSeconds(1), method)));

    [Theory]
    [InlineData("sign-in")]
    [InlineData("")]
    [InlineData("/sign in")]
    [InlineData("/a } || { always_true")]
    public void A_path_begins_with_a_slash_and_has_plain_characters(string path) => Assert.Equal(
        $"The path of the limit 'all' is '{path}'; it must start with '/' and contain only letters, digits and '/._~-'.",
        Refusal(new HAProxyRequestLimit("all", 1, TimeSpan.FromSeconds(1), Path: path)));

    [Fact]
    public void Two_limits_have_two_names() => Assert.Equal(
        "Limits contains 2 limits named 'all'; names must be unique.", Refusal(new("all", 1, TimeSpan.FromSeconds(1)), new("all", 2, TimeSpan.FromDays(1))));

    [Fact]
    public void The_ends_of_the_ranges_are_allowed()
    {
        var settings = new HAProxySettings();
        settings.Limits.Add(new("a", 1, TimeSpan.FromSeconds(1)));
        settings.Limits.Add(new("sign-in-2", int.MaxValue, TimeSpan.FromDays(1), "POST", "/account/sign-in.html"));

        settings.Validate();
    }

    private static string Refusal(params HAProxyRequestLimit[] limits)
    {
        var settings = new HAProxySettings();
        Array.ForEach(limits, settings.Limits.Add);
        return Assert.Throws<ArgumentException>(settings.Validate).Message;
    }
}
