using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ScaleUp.AppHost.Deployment;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>
/// The address that the load balancers share, with the configuration and scripts that are published: keepalived beside HAProxy on two
/// machines, and a visitor who asks ten times a second and more.
/// </summary>
[Integration]
public sealed class VirtualAddressTests(ITestOutputHelper output) : IAsyncLifetime
{
    // Longer than it takes a slow machine to hand the address over.
    private static readonly TimeSpan s_grace = Eventually.Limit;
    private static readonly string[] s_names = ["lb-1", "lb-2"];

    private readonly NetworkNamespaces _network = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("scaleup-address-");
    private Process? _visitor;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HAProxy is killed")]
    [InlineData("keepalived is killed")]
    [InlineData("the cable is pulled")]
    public async Task The_other_load_balancer_answers_at_the_address_if(string what)
    {
        var before = await NextAnswerAsync(_ => true);
        var lost = Now();
        await (what switch
        {
            "HAProxy is killed" => _network.KillAsync(before.Name, "haproxy"),
            "keepalived is killed" => _network.KillAsync(before.Name, "keepalived"),
            _ => _network.PullCableAsync(before.Name),
        });

        var after = await NextAnswerAsync(name => name != before.Name);
        var gap = after.Time - lost;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: from {before.Name} to {after.Name} in {gap.TotalSeconds:0.00} s"));
    }

    [Fact]
    public void A_load_balancer_that_is_told_to_stop_goes_on_for_longer_than_it_takes_to_hand_the_address_over()
    {
        var configuration = KeepalivedConfiguration.Render(new VirtualAddress("10.99.7.80/24", "eth0"), "lb-1");
        var health = configuration.Split("vrrp_script servers {")[1].Split('}')[0];
        var (interval, fall, advertisement) = (Number(health, "interval"), Number(health, "fall"), Number(configuration, "advert_int"));

        // Failed checks; then the other one speaks, at the latest after three signs of life that did not come and a part of one more.
        Assert.True(TimeSpan.FromSeconds((fall * interval) + (4 * advertisement)) < ShutdownSettings.LoadBalancerDrainDelay);
        Assert.Equal((1, 2, 0.2), (interval, fall, advertisement));

        static double Number(string text, string name) => double.Parse(Regex.Match(text, $@"\b{name} ([0-9.]+)\n").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_load_balancer_that_is_told_to_stop_has_handed_the_address_over_before_it_is_gone()
    {
        var before = await NextAnswerAsync(_ => true);
        var told = Now();
        await _network.KillAsync(before.Name, "haproxy", "USR1");

        var (last, pause) = (before, TimeSpan.Zero);
        while (last.Name == before.Name)
        {
            var next = await NextAnswerAsync(_ => true);
            (last, pause) = (next, next.Time - last.Time > pause ? next.Time - last.Time : pause);
        }

        var taken = last.Time - told;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Told to stop: from {before.Name} to {last.Name} after {taken.TotalSeconds:0.00} s, no answer for {pause.TotalSeconds:0.00} s at most"));
        Assert.True(await _network.IsRunningAsync(before.Name, "haproxy"), $"{before.Name} was gone before {last.Name} answered.");
    }

    public async ValueTask InitializeAsync()
    {
        var obstacle = await NetworkNamespaces.FindObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        await _network.ConnectAsync("10.99.7.1/24", new Dictionary<string, string> { ["lb-1"] = "10.99.7.11/24", ["lb-2"] = "10.99.7.12/24" });
        await PublishedFile.WriteAsync(KeepalivedConfiguration.Scripts, _folder.FullName, Cancellation);
        foreach (var name in s_names)
        {
            var address = new VirtualAddress("10.99.7.80/24", "eth0");
            await PublishedFile.WriteAsync(
                [new($"{name}.cfg", LoadBalancer(name)), new($"{name}.conf", KeepalivedConfiguration.Render(address, name, _folder.FullName))], _folder.FullName, Cancellation);
            _network.Start(_network.Name(name), "haproxy", "-db", "-f", Path.Combine(_folder.FullName, $"{name}.cfg"));
            _network.Start(_network.Name(name), Path.Combine(_folder.FullName, KeepalivedConfiguration.StartScriptName), _network.Name(name), Path.Combine(_folder.FullName, $"{name}.conf"));
        }

        // A line for each question: when the answer came, and whose it was, if one came within a tenth of a second.
        const string visitor = """
            while :; do
                name=$(timeout 0.1 bash -c 'exec 3<>/dev/tcp/10.99.7.80/8080; printf "GET / HTTP/1.0\r\n\r\n" >&3; tail -n 1 <&3' 2>/dev/null)
                echo "$EPOCHREALTIME $name"
            done
            """;
        _visitor = _network.Start(_network.Client, "bash", "-c", visitor);
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<(string Name, TimeSpan Time)> NextAnswerAsync(Func<string, bool> isAwaited)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Eventually.Limit);
        while (await _visitor!.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Split(' ') is [var time, { Length: > 0 } name] && isAwaited(name))
            {
                return (name, TimeSpan.FromSeconds(double.Parse(time, CultureInfo.InvariantCulture)));
            }
        }

        throw new InvalidOperationException($"The visitor ended: {await _visitor.StandardError.ReadToEndAsync(Cancellation)}");
    }

    private static TimeSpan Now() => DateTime.UtcNow - DateTime.UnixEpoch;

    // Debian 12's HAProxy is older than what the topology's own configuration is written for; what keepalived asks is the same there.
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
