using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

public sealed class ConfigurationTests
{
    private static readonly HAProxyFrontend s_internal = new(
        "api", 8081, IsPublic: false, new HAProxyBackend("api", [new("api-1"), new("api-2"), new("api-3")]));
    private static readonly HAProxyFrontend s_public = new(
        "public", 8080, IsPublic: true, new HAProxyBackend("web", [new("web-1"), new("web-2")]));

    /// <summary>The names of the models that HAProxy checks.</summary>
    public static TheoryData<string> Models => [.. s_models.Keys];

    private static readonly Dictionary<string, HAProxyModel> s_models = new()
    {
        ["both tiers"] = Model(s_internal, s_public),
        ["public frontend only"] = Model(s_public),
        ["internal frontend only"] = Model(s_internal),
        ["sixteen servers"] = Model(s_public with
        {
            Backend = new("web", [.. Enumerable.Range(1, 16).Select(i => new HAProxyServer($"web-{i}"))]),
        }),
        ["standby servers"] = Model(s_public with
        {
            Backend = new("web", [new("web-1"), new("web-2") { IsStandby = true }, new("web-3") { IsStandby = true }]),
        }),
        ["servers found by DNS"] = Model(s_public with { Backend = new("web", []) { DiscoveredServers = 8 } }),
        ["one load balancer"] = Limited(1, new HAProxyRequestLimit("requests", 100, TimeSpan.FromSeconds(10))),
        ["four load balancers"] = Limited(4, new HAProxyRequestLimit("requests", 100, TimeSpan.FromSeconds(10))),
        ["four limits"] = Limited(2,
            new("requests", 100, TimeSpan.FromSeconds(10)),
            new("sign-in", 5, TimeSpan.FromMinutes(1), "POST", "/sign-in"),
            new("writes", 20, TimeSpan.FromHours(1), Method: "DELETE"),
            new("search", 1_000_000, TimeSpan.FromDays(1), Path: "/search/all_of~it.html")),
        ["error page"] = Model(s_internal, s_public) with
        {
            Settings = new() { ErrorPage = "<!DOCTYPE html>\n<p class=\"a\">Gone: 100 % of them, #1 \\ {x} ${HOME} €{message}</p>\n" },
        },
        ["allowed hosts and form sizes"] = Model(s_internal, s_public) with { Settings = HostsAndForms() },
        ["unlimited connections"] = Model(s_public) with { Settings = new() { MaxConnectionsPerClient = 0 } },
        ["TLS"] = Model(s_internal, s_public) with { Tls = new(8443, StrictTransport: false) },
        ["TLS with HSTS"] = Model(s_public) with { Tls = new(8443, StrictTransport: true) },
        ["TCP frontend"] = Model(s_internal, s_public) with
        {
            TcpFrontends = [new("db", 5432, ["db-1", "db-2", "db-3"], new HAProxyTcpCheck(8008, "/primary"))],
        },
        ["minimum of every setting"] = Model(s_internal, s_public) with { Settings = Minimum() },
        ["maximum of every setting"] = Model(s_internal, s_public) with { Settings = Maximum() },
    };

    [Fact]
    public void The_configuration_equals_the_approved_file()
    {
        var received = Path.Combine(AppContext.BaseDirectory, "received.cfg");
        File.WriteAllText(received, HAProxyConfiguration.Render(Model(s_internal, s_public)));
        using var approved = new StreamReader(
            typeof(ConfigurationTests).Assembly.GetManifestResourceStream("ScaleUp.Tests.Unit.HAProxy.approved.cfg")!);

        Assert.True(File.ReadAllText(received) == approved.ReadToEnd(),
            "The configuration has changed. If this is intended, "
            + $"copy {received} to ScaleUp.Tests/Unit/HAProxy/approved.cfg and review the diff.");
    }

    [Fact]
    public void A_tcp_frontend_checks_its_servers_by_http_and_closes_the_connections_of_a_failed_server()
    {
        var text = HAProxyConfiguration.Render(s_models["TCP frontend"]);
        var section = text[text.IndexOf("listen db-tcp from all\n", StringComparison.Ordinal)..].Split('\n').Select(line => line.Trim());

        Assert.Superset(
            new HashSet<string>
            {
                "mode tcp",
                "bind :5432",
                "option httpchk OPTIONS /primary",
                "http-check expect status 200",
                "default-server check port 8008 inter 1s fastinter 500ms downinter 500ms fall 3 rise 1 on-marked-down shutdown-sessions",
                "server db-1 \"${DB_1}\"",
                "server db-3 \"${DB_3}\"",
            },
            section.ToHashSet());
    }

    [Theory]
    [Integration]
    [MemberData(nameof(Models))]
    public async Task HAProxy_accepts_the_configuration_without_a_warning(string name)
    {
        var (exitCode, output) = await HAProxyCheck.RunAsync(s_models[name]);

        Assert.True(exitCode == 0 && !output.Contains("WARNING", StringComparison.Ordinal), output);
    }

    [Fact]
    [Integration]
    public async Task HAProxy_accepts_the_variables_for_a_deployment_behind_an_ingress()
    {
        var model = s_models["servers found by DNS"];
        var (exitCode, output) = await HAProxyCheck.RunAsync(model, HAProxyConfiguration.Render(model),
            $"{HAProxyConfiguration.AddressesVariable}=shared",
            $"{HAProxyConfiguration.FrontProxiesVariable}=10.0.0.0/8 fc00::/7",
            $"{HAProxyConfiguration.GraceVariable}=10s",
            $"{HAProxyConfiguration.StatisticsKeyVariable}=a-key");

        Assert.True(exitCode == 0 && !output.Contains("WARNING", StringComparison.Ordinal), output);
    }

    [Theory]
    [Integration]
    [InlineData("balance random", "balance sometimes", "[ALERT]")]
    [InlineData("timeout server 10s", "# no server timeout", "[WARNING]")]
    public async Task HAProxy_rejects_an_invalid_configuration(string valid, string invalid, string message)
    {
        // Proves that the check above can fail.
        var text = HAProxyConfiguration.Render(s_models["public frontend only"]).Replace(valid, invalid, StringComparison.Ordinal);

        var (_, output) = await HAProxyCheck.RunAsync(s_models["public frontend only"], text);

        Assert.Contains(message, output);
    }

    [Fact]
    public void A_standby_server_starts_in_maintenance() =>
        Assert.Contains("    server web-2 \"${WEB_2}\" disabled\n", HAProxyConfiguration.Render(s_models["standby servers"]));

    [Fact]
    public void Only_the_public_frontend_hides_the_health_endpoints()
    {
        Assert.Contains("(health|alive)", HAProxyConfiguration.Render(Model(s_public)));
        Assert.DoesNotContain("(health|alive)", HAProxyConfiguration.Render(Model(s_internal)));
    }

    [Theory]
    [InlineData("web-1", "WEB_1")]
    [InlineData("Shop-Front-12", "SHOP_FRONT_12")]
    public void A_servers_address_comes_from_an_environment_variable(string server, string variable) =>
        Assert.Equal(variable, new HAProxyServer(server).AddressVariable);

    [Fact]
    public void Load_balancers_without_a_frontend_are_rejected() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HAProxyConfiguration.Render(Model()));

    private static HAProxyModel Model(params HAProxyFrontend[] frontends) => new(["lb-1", "lb-2"], frontends, new HAProxySettings());

    private static HAProxyModel Limited(int instances, params HAProxyRequestLimit[] limits)
    {
        var model = Model(s_internal, s_public) with { Instances = [.. Enumerable.Range(1, instances).Select(i => $"lb-{i}")] };
        Array.ForEach(limits, model.Settings.Limits.Add);
        return model;
    }

    private static HAProxySettings HostsAndForms()
    {
        var settings = new HAProxySettings { MaxFormSize = 64 * 1024 };
        Array.ForEach(["www.example.com", "192.0.2.1", "[2001:db8::1]"], settings.Hosts.Add);
        Array.ForEach(["/articles/new", "/articles/*/edit"], settings.LargeFormPaths.Add);
        Array.ForEach(["/operations/events", "/rooms/*/messages"], settings.StreamPaths.Add);
        return settings;
    }

    private static HAProxySettings Minimum() => new()
    {
        MaxConnections = 10,
        MaxInternalConnections = 10,
        MaxConnectionsPerClient = 1,
        MaxFormSize = 1,
        SmallBodyTimeout = TimeSpan.FromMilliseconds(1),
        LargeBodyTimeout = TimeSpan.FromMilliseconds(1),
        MaxConnectionsPerServer = 1,
        MaxQueue = 1,
        MaxLargeBodiesPerServer = 1,
        MaxStreamsPerServer = 1,
        Retries = 0,
        Fall = 1,
        Rise = 1,
        BufferSize = 16 * 1024,
        MaxBodySize = 1,
        QueueTimeout = TimeSpan.FromMilliseconds(1),
        ConnectTimeout = TimeSpan.FromMilliseconds(1),
        AttemptTimeout = TimeSpan.FromMilliseconds(1),
        ServerTimeout = TimeSpan.FromMilliseconds(1),
        ClientTimeout = TimeSpan.FromMilliseconds(1),
        RequestTimeout = TimeSpan.FromMilliseconds(1),
        KeepAliveTimeout = TimeSpan.FromMilliseconds(1),
        CheckInterval = TimeSpan.FromMilliseconds(1),
        FastCheckInterval = TimeSpan.FromMilliseconds(1),
        CheckTimeout = TimeSpan.FromMilliseconds(1),
        SlowStart = TimeSpan.Zero,
        OuterAttemptMargin = TimeSpan.Zero,
    };

    private static HAProxySettings Maximum()
    {
        var longest = TimeSpan.FromMilliseconds(int.MaxValue);
        return new()
        {
            MaxConnections = 100_000,
            MaxInternalConnections = 100_000,
            MaxConnectionsPerClient = 1_000_000,
            MaxFormSize = 999_999_999_999_999,
            SmallBodyTimeout = longest,
            LargeBodyTimeout = longest,
            MaxConnectionsPerServer = 100_000,
            MaxQueue = 1_000_000,
            MaxLargeBodiesPerServer = 1_000_000,
            Retries = 10,
            Fall = 100,
            Rise = 100,
            BufferSize = 1024 * 1024,
            MaxBodySize = 999_999_999_999_999,
            QueueTimeout = longest,
            ConnectTimeout = longest,
            AttemptTimeout = longest,
            ServerTimeout = longest,
            ClientTimeout = longest,
            RequestTimeout = longest,
            KeepAliveTimeout = longest,
            CheckInterval = longest,
            FastCheckInterval = longest,
            CheckTimeout = longest,
            SlowStart = longest,
            OuterAttemptMargin = TimeSpan.Zero,
        };
    }
}
