using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

public sealed class ConfigurationTests
{
    private static readonly HAProxyFrontend s_internal = new("api", 8081, IsPublic: false, new HAProxyBackend("api", [new("api-1"), new("api-2"), new("api-3")]));
    private static readonly HAProxyFrontend s_public = new("public", 8080, IsPublic: true, new HAProxyBackend("web", [new("web-1"), new("web-2")]));

    /// <summary>Each shape that the topology can have, by a name.</summary>
    public static TheoryData<string> Shapes => [.. s_shapes.Keys];

    private static readonly Dictionary<string, HAProxyFrontend[]> s_shapes = new()
    {
        ["both tiers"] = [s_internal, s_public],
        ["visitors only"] = [s_public],
        ["other tiers only"] = [s_internal],
        ["sixteen servers"] = [new("public", 8080, IsPublic: true, new HAProxyBackend("web", [.. Enumerable.Range(1, 16).Select(i => new HAProxyServer($"web-{i}"))]))],
    };

    [Fact]
    public void The_configuration_reads_as_the_approved_file()
    {
        var received = Path.Combine(AppContext.BaseDirectory, "received.cfg");
        File.WriteAllText(received, HAProxyConfiguration.Render(Model(s_internal, s_public)));
        using var approved = new StreamReader(typeof(ConfigurationTests).Assembly.GetManifestResourceStream("ScaleUp.Tests.HAProxy.approved.cfg")!);

        Assert.True(File.ReadAllText(received) == approved.ReadToEnd(),
            $"The configuration has changed. If it is meant to: cp {received} ScaleUp.Tests/HAProxy/approved.cfg, and read the difference.");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task HAProxy_itself_accepts_it_without_a_warning(string shape)
    {
        var frontends = s_shapes[shape];
        var variables = frontends.SelectMany(f => f.Backend.Servers).ToDictionary(s => s.AddressVariable, _ => "127.0.0.1:5000");

        var (exitCode, output) = await HAProxyCheck.RunAsync(HAProxyConfiguration.Render(Model(frontends)), variables, TestContext.Current.CancellationToken);

        Assert.True(exitCode == 0 && !output.Contains("WARNING", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task HAProxy_itself_refuses_what_is_wrong()
    {
        // The test above could not fail if this one did.
        var text = HAProxyConfiguration.Render(Model(s_public)).Replace("balance random", "balance sometimes", StringComparison.Ordinal);

        var (exitCode, output) = await HAProxyCheck.RunAsync(text, new() { ["WEB_1"] = "127.0.0.1:5000", ["WEB_2"] = "127.0.0.1:5000" }, TestContext.Current.CancellationToken);

        Assert.NotEqual(0, exitCode);
        Assert.Contains("[ALERT]", output);
    }

    [Fact]
    public void Only_the_public_frontend_hides_the_health()
    {
        Assert.Contains("(health|alive)", HAProxyConfiguration.Render(Model(s_public)));
        Assert.DoesNotContain("(health|alive)", HAProxyConfiguration.Render(Model(s_internal)));
    }

    [Theory]
    [InlineData("web-1", "WEB_1")]
    [InlineData("Shop-Front-12", "SHOP_FRONT_12")]
    public void A_servers_address_is_an_environment_variable(string server, string variable) =>
        Assert.Equal(variable, new HAProxyServer(server).AddressVariable);

    [Fact]
    public void Load_balancers_that_lead_nowhere_have_no_configuration() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HAProxyConfiguration.Render(Model()));

    private static HAProxyModel Model(params HAProxyFrontend[] frontends) => new(["lb-1", "lb-2"], frontends, new HAProxySettings());
}
