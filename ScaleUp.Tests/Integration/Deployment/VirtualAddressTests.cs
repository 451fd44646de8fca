using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ScaleUp.AppHost.Deployment;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>
/// Failover of the virtual address with the published configuration and scripts: keepalived and HAProxy run on two simulated machines,
/// while a client sends at least ten requests per second.
/// </summary>
[Integration]
public sealed class VirtualAddressTests(ITestOutputHelper output) : IAsyncLifetime
{
    // Longer than the failover takes on a slow machine.
    private static readonly TimeSpan s_grace = Eventually.Limit;
    private static readonly string[] s_names = ["lb-1", "lb-2"];

    private readonly NetworkNamespaces _network = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("scaleup-address-");
    private Process? _client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HAProxy is killed")]
    [InlineData("keepalived is killed")]
    [InlineData("the network is disconnected")]
    public async Task The_other_load_balancer_takes_over_the_address_if(string failure)
    {
        var before = await NextResponseAsync(_ => true);
        var failed = Now();
        await (failure switch
        {
            "HAProxy is killed" => _network.KillAsync(before.Name, "haproxy"),
            "keepalived is killed" => _network.KillAsync(before.Name, "keepalived"),
            _ => _network.DisconnectAsync(before.Name),
        });

        var after = await NextResponseAsync(name => name != before.Name);
        var gap = after.Time - failed;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{failure}: from {before.Name} to {after.Name} in {gap.TotalSeconds:0.00} s"));
    }

    [Fact]
    public void The_grace_period_of_a_load_balancer_exceeds_the_failover_time_of_the_address()
    {
        var configuration = KeepalivedConfiguration.Render(new VirtualAddress("10.99.7.80/24", "eth0"), "lb-1");
        var health = configuration.Split("vrrp_script servers {")[1].Split('}')[0];
        var (interval, fall, advertisement) = (Number(health, "interval"), Number(health, "fall"), Number(configuration, "advert_int"));

        // The health check fails, then the peer takes over after at most three missed advertisements and the skew time.
        Assert.True(TimeSpan.FromSeconds((fall * interval) + (4 * advertisement)) < ShutdownSettings.LoadBalancerDrainDelay);
        Assert.Equal((1, 2, 0.2), (interval, fall, advertisement));

        static double Number(string text, string name) =>
            double.Parse(Regex.Match(text, $@"\b{name} ([0-9.]+)\n").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_stopping_load_balancer_hands_over_the_address_before_it_exits()
    {
        var before = await NextResponseAsync(_ => true);
        var signalled = Now();
        await _network.KillAsync(before.Name, "haproxy", "USR1");

        var (last, gap) = (before, TimeSpan.Zero);
        while (last.Name == before.Name)
        {
            var next = await NextResponseAsync(_ => true);
            (last, gap) = (next, next.Time - last.Time > gap ? next.Time - last.Time : gap);
        }

        var elapsed = last.Time - signalled;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Graceful stop: from {before.Name} to {last.Name} after {elapsed.TotalSeconds:0.00} s; "
            + $"longest gap between responses: {gap.TotalSeconds:0.00} s"));
        Assert.True(await _network.IsRunningAsync(before.Name, "haproxy"), $"{before.Name} exited before {last.Name} took over.");
    }

    public async ValueTask InitializeAsync()
    {
        var missing = await NetworkNamespaces.FindMissingRequirementAsync();
        Assert.SkipWhen(missing is not null, missing ?? "");
        await _network.ConnectAsync(
            "10.99.7.1/24", new Dictionary<string, string> { ["lb-1"] = "10.99.7.11/24", ["lb-2"] = "10.99.7.12/24" });
        await PublishedFile.WriteAsync(KeepalivedConfiguration.Scripts, _folder.FullName, Cancellation);
        foreach (var name in s_names)
        {
            var address = new VirtualAddress("10.99.7.80/24", "eth0");
            var keepalived = KeepalivedConfiguration.Render(address, name, _folder.FullName);
            await PublishedFile.WriteAsync(
                [new($"{name}.cfg", LoadBalancer(name)), new($"{name}.conf", keepalived)], _folder.FullName, Cancellation);
            _network.Start(_network.Name(name), "haproxy", "-db", "-f", Path.Combine(_folder.FullName, $"{name}.cfg"));
            _network.Start(
                _network.Name(name),
                Path.Combine(_folder.FullName, KeepalivedConfiguration.StartScriptName),
                _network.Name(name),
                Path.Combine(_folder.FullName, $"{name}.conf"));
        }

        // Writes one line per request: the time, and the name of the load balancer if it responded within 0.1 s.
        const string client = """
            while :; do
                name=$(timeout 0.1 bash -c '
                    exec 3<>/dev/tcp/10.99.7.80/8080; printf "GET / HTTP/1.0\r\n\r\n" >&3; tail -n 1 <&3' 2>/dev/null)
                echo "$EPOCHREALTIME $name"
            done
            """;
        _client = _network.Start(_network.Client, "bash", "-c", client);
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<(string Name, TimeSpan Time)> NextResponseAsync(Func<string, bool> isExpected)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Eventually.Limit);
        while (await _client!.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Split(' ') is [var time, { Length: > 0 } name] && isExpected(name))
            {
                return (name, TimeSpan.FromSeconds(double.Parse(time, CultureInfo.InvariantCulture)));
            }
        }

        throw new InvalidOperationException($"The client exited: {await _client.StandardError.ReadToEndAsync(Cancellation)}");
    }

    private static TimeSpan Now() => DateTime.UtcNow - DateTime.UnixEpoch;

    // Debian 12's HAProxy is too old for the topology's configuration; the endpoints that keepalived checks are the same.
    private static string LoadBalancer(string name) => $$"""
        global
            grace {{(int)s_grace.TotalSeconds}}s
        defaults
            mode http
            timeout connect 1s
            timeout client 5s
            timeout server 5s
        frontend website
            bind :8080
            http-request return status 200 content-type text/plain string {{name}}
        frontend operations
            bind :8404
            monitor-uri /health
            monitor fail if { stopping }
            http-request return status 200 content-type text/plain string Alive if { path /alive }

        """;
}
