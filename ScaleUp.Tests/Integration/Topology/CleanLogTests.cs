using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Topology;

/// <summary>A healthy system logs no warnings and no errors, so that operators can trust the dashboard's error counts.</summary>
[Collection(nameof(AppHostFixture))]
public sealed partial class CleanLogTests(AppHostFixture topology)
{
    private const int Warning = 13;

    private static readonly string[] s_pages = [
        "/", "/articles/one-host-is-not-enough", "/tags", "/search?q=server", "/feed", "/sign-in", "/register", "/no-such-page"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clean_start_logs_no_warning_and_no_error()
    {
        // This is the last startup message of an API server: when it has arrived, all earlier ones have too.
        Assert.Empty(await topology.Telemetry.MissingAsync(
            "logs", ["The database schema is current"], text => [Encoding.UTF8.GetBytes(text)]));

        // Health checks may time out on an overloaded machine; reporting that is correct.
        var structured = topology.Telemetry.Logs.Where(log => log.Severity >= Warning && log.Time <= topology.StartedAt &&
            !log.Body.Contains("is unhealthy (", StringComparison.Ordinal)).Select(log => $"{log.Server}: {log.Body}");
        var console = new List<string>();
        foreach (var server in topology.Servers)
        {
            console.AddRange((await topology.ReadLogAsync(server))
                .Where(line => IsProblem(server, line) && AppHostFixture.TimeOf(line) <= topology.StartedAt)
                .Select(line => $"{server}: {line}"));
        }

        string[] problems =
        [
            .. structured, .. console,
            .. topology.AppHostLog.GetSnapshot()
                .Where(log => log.Level >= LogLevel.Warning && IsPrinted(log.Category) && log.Timestamp <= topology.StartedAt)
                .Select(log => $"{log.Category}: {log.Message}"),
        ];
        Assert.True(problems.Length == 0, string.Join('\n', problems.Take(20)));
    }

    [Fact]
    public async Task A_visit_to_each_page_logs_no_warning_and_no_error()
    {
        using var http = Browser.Open(topology.Website);
        var traces = new List<byte[]>();
        foreach (var page in s_pages)
        {
            traces.Add(await VisitAsync(http, page));
        }

        Assert.Empty(await topology.Telemetry.MissingAsync("trace", traces, trace => [trace]));
        var ids = traces.Select(Convert.ToHexStringLower).ToHashSet();
        var problems = topology.Telemetry.Logs.Where(log => log.Severity >= Warning && ids.Contains(log.TraceId))
            .Select(log => $"{log.Server}: {log.Body}").ToArray();
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    // Servers on a busy machine may respond with 503 and rightly log it, so such a visit is repeated.
    private static async Task<byte[]> VisitAsync(HttpClient http, string page)
    {
        byte[] trace = [];
        await Eventually.TrueAsync(async () =>
        {
            trace = RandomNumberGenerator.GetBytes(16);
            using var request = new HttpRequestMessage(HttpMethod.Get, page);
            request.Headers.Add("traceparent", $"00-{Convert.ToHexStringLower(trace)}-00f067aa0ba902b7-01");
            using var response = await http.SendAsync(request, Cancellation);
            return response.StatusCode is not HttpStatusCode.ServiceUnavailable;
        }, () => Task.FromResult($"{page} is unavailable."));
        return trace;
    }

    [Fact]
    public async Task Background_work_starts_no_trace()
    {
        // Migrations and warm-up are complete by now; the trace of a visit shows that spans arrive.
        using var http = Browser.Open(topology.Website);
        var trace = await VisitAsync(http, "/tags");

        Assert.Empty(await topology.Telemetry.MissingAsync("trace", [trace], bytes => [bytes]));
        Assert.Empty(topology.Telemetry.Spans.Where(span => span is { IsRoot: true, Kind: not Span.ServerKind })
            .Select(span => $"{span.Server}: {span.Name}").Distinct());
    }

    // Aspire's testing host also logs the resources' output and health checks, which `dotnet run` shows only in the dashboard.
    private static bool IsPrinted(string? category) =>
        category?.Contains(".Resources.", StringComparison.Ordinal) is not true &&
            category?.Contains("HealthChecks", StringComparison.Ordinal) is not true;

    // Matches the log formats of .NET's console formatter, HAProxy and PostgreSQL.
    private static bool IsProblem(string server, string line) => Problem().IsMatch(line) && !Expected().IsMatch($"{server}: {line}");

    [GeneratedRegex(@"\b(fail|warn|crit): |\[(WARNING|ALERT)\]|\b(WARNING|ERROR|FATAL|PANIC):")]
    private static partial Regex Problem();

    // HAProxy logs every state change of a server or peer as a warning, and a backend without servers as an alert; both are expected
    // during startup. On a busy machine, the warm-up's write may exceed PostgreSQL's idle-in-transaction timeout.
    [GeneratedRegex(@"^lb-\d+: .*(\[WARNING\]|\[ALERT\].* has no server available!)|^postgres: .*due to idle-in-transaction timeout")]
    private static partial Regex Expected();
}
