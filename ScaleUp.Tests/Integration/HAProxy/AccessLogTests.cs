using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The access log of the load balancers, and the trace context that they pass to the servers.</summary>
[Integration]
public sealed partial class AccessLogTests(AccessLogTests.Fixture fixture) : IClassFixture<AccessLogTests.Fixture>
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private static readonly string[] s_strings =
    [
        "time", "lb", "client", "frontend", "backend", "server", "served_by", "method", "path", "query", "protocol", "termination",
        "trace_id",
    ];

    private static readonly string[] s_numbers =
    [
        "status", "bytes_in", "bytes_out", "queue_ms", "connect_ms", "response_ms", "total_ms", "retries", "server_requests",
        "server_queue",
    ];

    private static int s_last;

    private HAProxyCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_request_is_logged_in_one_line_with_its_client_target_and_result()
    {
        var path = NewPath();
        // HAProxy updates its clock only when it wakes up, and logs milliseconds.
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        await RawClient.SendAsync(
            Cluster.Public(), $"POST {path}?a=b HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc");

        var line = await Cluster["lb-1"].AccessLogAsync(path);

        Assert.Equal([.. s_strings.Concat(s_numbers).Order()], line.EnumerateObject().Select(property => property.Name).Order());
        Assert.All(s_strings, name => Assert.Equal(JsonValueKind.String, line.GetProperty(name).ValueKind));
        Assert.All(s_numbers, name => Assert.Equal(JsonValueKind.Number, line.GetProperty(name).ValueKind));
        string[] names = ["lb", "frontend", "backend", "server", "method", "path", "query", "protocol", "termination"];
        Assert.Equal(
            ["lb-1", "public-front", "web", "web-1", "POST", path, "?a=b", "HTTP/1.1", "--"],
            names.Select(name => line.GetProperty(name).GetString()!));
        Assert.Equal((200, 0), (line.GetProperty("status").GetInt32(), line.GetProperty("retries").GetInt32()));
        Assert.InRange(line.GetProperty("time").GetDateTimeOffset(), before, DateTimeOffset.UtcNow);
    }

    [Theory]
    [InlineData("X-Served-By: web-7d9c5b\r\n", "web-7d9c5b")] // A replica discovered through a shared DNS name.
    [InlineData("X-Served-By: \"\\\r\n", "\"\\")]
    [InlineData("", "")]
    public async Task A_line_has_the_servers_own_name_in_addition_to_its_name_in_the_backend(string header, string expected)
    {
        Cluster.Origin("web-1").Behaviour = _ => Task.FromResult<byte[]?>(
            Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{header}Content-Length: 0\r\n\r\n"));
        try
        {
            var (_, line) = await SendAsync("X-Served-By: client\r\n");

            Assert.Equal(("web-1", expected), (line.GetProperty("server").GetString(), line.GetProperty("served_by").GetString()));
        }
        finally
        {
            Cluster.Origin("web-1").Behaviour = RawOrigin.Answer;
        }
    }

    [Fact]
    public async Task A_line_names_no_server_if_the_load_balancer_responds_itself()
    {
        var path = NewPath();
        await RawClient.SendAsync(Cluster.Public(), $"GET /health{path} HTTP/1.1\r\nHost: a.example\r\n\r\n");

        var line = await Cluster["lb-1"].AccessLogAsync(path);

        Assert.Equal((404, ""), (line.GetProperty("status").GetInt32(), line.GetProperty("served_by").GetString()));
    }

    [Theory]
    [InlineData("\"x\"", 200)]
    [InlineData("{\"a\":[1]}", 200)]
    [InlineData("%22%5c%c3%a9", 400)]
    [InlineData("%22%c3%a9", 200)]
    [InlineData("?q=\"%22\\\"\\u0000", 200)]
    [InlineData("?q=%0a%1b[31m", 200)]
    [InlineData("\\n\\", 400)]
    [InlineData("%00", 400)]
    public async Task A_line_is_valid_JSON_for_any_URL(string rest, int status)
    {
        var path = NewPath();
        var response = await RawClient.SendAsync(Cluster.Public(), $"GET {path}{rest} HTTP/1.1\r\nHost: a.example\r\n\r\n");

        var line = await Cluster["lb-1"].AccessLogAsync(path);

        Assert.Equal((status, status), (response.Status, line.GetProperty("status").GetInt32()));
        // HAProxy encodes quotes as #22.
        Assert.Equal(
            path + rest.Replace("\"", "#22", StringComparison.Ordinal),
            line.GetProperty("path").GetString() + line.GetProperty("query").GetString());
    }

    [Theory]
    [InlineData("utm_id=1&fbclid=", 700, 'x')]
    [InlineData("", 8000, 'x')]
    [InlineData("", 8000, '"')]
    [InlineData("", 8000, '\\')]
    public async Task A_line_with_a_long_URL_still_has_its_trace_id(string query, int length, char letter)
    {
        var path = NewPath();
        var response = await RawClient.SendAsync(
            Cluster.Public(),
            $"GET {path}?{query}{new string(letter, length)} HTTP/1.1\r\nHost: a.example\r\n"
            + $"traceparent: 00-{Trace}-b7ad6b7169203331-01\r\n\r\n");

        var line = await Cluster["lb-1"].AccessLogAsync(path);

        Assert.Equal((200, 200), (response.Status, line.GetProperty("status").GetInt32()));
        Assert.Equal((Trace, "HTTP/1.1"), (line.GetProperty("trace_id").GetString(), line.GetProperty("protocol").GetString()));
        Assert.StartsWith($"?{query}", line.GetProperty("query").GetString());
    }

    [Theory]
    [InlineData("GET /{0}\u0001 HTTP/1.1")]
    [InlineData("GET /{0}\u00c3\u00a9 HTTP/1.1")]
    [InlineData("GET /{0}\u00ff HTTP/1.1")]
    [InlineData("GET /?{0}\0\u001b[31m HTTP/1.1")]
    [InlineData("G\"\\T /{0} HTTP/1.1")]
    [InlineData("GET /{0} \"HTTP\"/1.1")]
    public async Task A_line_is_valid_JSON_even_for_a_malformed_request(string request)
    {
        var known = Cluster["lb-1"].Log.Count;
        var path = NewPath();
        var response = await RawClient.SendAsync(
            Cluster.Public(), $"{request.Replace("{0}", path[1..], StringComparison.Ordinal)}\r\nHost: a.example\r\n\r\n");

        // HAProxy logs <BADREQ> in place of a request line that it cannot parse.
        string[] lines = [];
        await Eventually.TrueAsync(
            () =>
            {
                lines =
                [
                    .. Cluster["lb-1"].Log.Skip(known).Where(line =>
                        line.Contains("<BADREQ>", StringComparison.Ordinal) || line.Contains(path, StringComparison.Ordinal)),
                ];
                return lines.Length > 0;
            },
            Cluster.DescribeAsync);

        Assert.Equal(400, response.Status);
        using var json = JsonDocument.Parse(Assert.Single(lines));
        Assert.Equal(400, json.RootElement.GetProperty("status").GetInt32());
        Assert.InRange(
            json.RootElement.GetProperty("time").GetDateTimeOffset(),
            DateTimeOffset.UtcNow.AddMinutes(-1),
            DateTimeOffset.UtcNow.AddSeconds(1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("traceparent: \r\n")]
    [InlineData("traceparent: hello\r\n")]
    [InlineData($"traceparent: 01-{Trace}-b7ad6b7169203331-01\r\n")]
    [InlineData($"traceparent: 00-{Trace}-b7ad6b7169203331\r\n")]
    [InlineData($"traceparent: 00-{Trace}-b7ad6b7169203331-01-more\r\n")]
    [InlineData($"traceparent: 00-{Trace}-0000000000000000-01\r\n")]
    [InlineData("traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01\r\n")]
    [InlineData("traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01\r\n")]
    [InlineData($"traceparent: 00-{Trace}-b7ad6b7169203331-01\r\ntraceparent: 00-{Trace}-b7ad6b7169203332-01\r\n")]
    [InlineData($"traceparent: 00-{Trace}-b7ad6b7169203331-01, 00-{Trace}-b7ad6b7169203332-01\r\n")]
    public async Task The_load_balancer_starts_a_trace_if_the_client_sends_no_valid_one(string headers)
    {
        var (arrived, line) = await SendAsync(headers + "tracestate: a=b\r\n");

        var trace = ValidTrace().Match(Assert.Single(arrived.Header("traceparent")));
        Assert.True(trace.Success, arrived.Text);
        Assert.NotEqual(Trace, trace.Groups[1].Value);
        Assert.Equal(trace.Groups[1].Value, line.GetProperty("trace_id").GetString());
        Assert.Empty(arrived.Header("tracestate"));
    }

    [Theory]
    [InlineData("01")]
    [InlineData("00")]
    public async Task The_trace_context_of_a_client_is_passed_on_unchanged(string flags)
    {
        var (arrived, line) = await SendAsync(
            $"Traceparent: 00-{Trace}-b7ad6b7169203331-{flags}\r\nTracestate: a=b,c=d\r\nTracestate: e=f\r\n");

        Assert.Equal($"00-{Trace}-b7ad6b7169203331-{flags}", Assert.Single(arrived.Header("traceparent")));
        Assert.Equal(["a=b,c=d", "e=f"], arrived.Header("tracestate"));
        Assert.Equal(Trace, line.GetProperty("trace_id").GetString());
    }

    [Fact]
    public async Task Every_request_gets_its_own_trace()
    {
        var traces = new HashSet<string>();
        for (var i = 0; i < 50; i++)
        {
            traces.Add(Assert.Single((await SendAsync("")).Arrived.Header("traceparent")));
        }

        Assert.Equal(50, traces.Count);
    }

    [Fact]
    public async Task The_internal_frontend_logs_only_retried_or_failed_requests()
    {
        var (successful, retried) = (NewPath(), NewPath());
        var isFirst = 1;
        foreach (var origin in Cluster.Origins)
        {
            origin.Behaviour = request => request.Path == retried && Interlocked.Exchange(ref isFirst, 0) == 1
                ? RawOrigin.CloseWithoutAnswer(request)
                : RawOrigin.Answer(request);
        }

        foreach (var path in new[] { successful, retried })
        {
            Assert.Equal(200, (await RawClient.SendAsync(Cluster.Internal(), $"GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n")).Status);
        }

        Assert.Equal(1, (await Cluster["lb-1"].AccessLogAsync(retried)).GetProperty("retries").GetInt32());
        Assert.DoesNotContain(Cluster["lb-1"].Log, line => line.Contains(successful, StringComparison.Ordinal));
    }

    private async Task<(RawRequest Arrived, JsonElement Line)> SendAsync(string headers)
    {
        var path = NewPath();
        var response = await RawClient.SendAsync(Cluster.Public(), $"GET {path} HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n");
        Assert.Equal(200, response.Status);
        return (Cluster.Requests.Single(request => request.Path == path), await Cluster["lb-1"].AccessLogAsync(path));
    }

    private static string NewPath() => $"/request-{Interlocked.Increment(ref s_last)}-";

    [GeneratedRegex("^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-01$")]
    private static partial Regex ValidTrace();

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() =>
            HAProxyCluster.StartAsync(HAProxyCluster.TwoTiers(new HAProxySettings(), servers: 1));
    }
}
