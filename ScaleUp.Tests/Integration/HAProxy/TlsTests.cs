using System.Net;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The encrypted way in.</summary>
[Integration]
public sealed class TlsTests(TlsTests.Fixture fixture) : IClassFixture<TlsTests.Fixture>
{
    private const int SecurePort = 8443;
    private const string Hsts = "Strict-Transport-Security";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HAProxyCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData("GET /a%20b/c?d=e&f=%2F HTTP/1.1", "a.example", "/a%20b/c?d=e&f=%2F")]
    [InlineData("POST /x HTTP/1.1", "a.example:8080", "/x")]
    [InlineData("GET http://a.example/x?y HTTP/1.1", "a.example", "/x?y")]
    public async Task Who_comes_unencrypted_is_sent_to_the_same_place_encrypted(string line, string host, string target)
    {
        Cluster.Origin("web-1").Clear();

        var answer = await RawClient.SendAsync(Cluster.Public(), $"{line}\r\nHost: {host}\r\n\r\n");

        Assert.Equal(308, answer.Status);
        Assert.Equal($"https://a.example:{HAProxyCluster.ToldTlsPort}{target}", answer.Header("Location"));
        Assert.Null(answer.Header(Hsts));
        Assert.Empty(Cluster.Requests);
    }

    [Fact]
    public async Task A_hostile_host_gets_no_redirect()
    {
        var answer = await RawClient.SendAsync(Cluster.Public(), "GET /x HTTP/1.1\r\nHost: evil/@a.example\r\n\r\n");

        Assert.Equal(400, answer.Status);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Encrypted_requests_come_by_HTTP_1_and_by_HTTP_2(string version)
    {
        Cluster.Origin("web-1").Clear();
        using var http = Open(Cluster);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/x?y") { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add("X-Forwarded-Proto", "http");
        using var answer = await http.SendAsync(request, Cancellation);

        Assert.Equal((HttpStatusCode.OK, request.Version), (answer.StatusCode, answer.Version));
        var arrived = Assert.Single(Cluster.Requests);
        Assert.Equal("GET /x?y HTTP/1.1", arrived.Line);
        Assert.Equal("https", Assert.Single(arrived.Header("X-Forwarded-Proto")));
        Assert.Equal($"localhost:{Cluster["lb-1"].Port(SecurePort)}", Assert.Single(arrived.Header("Host")));
    }

    [Theory]
    [InlineData("TLS 1.0", 1, "alert 70")]
    [InlineData("TLS 1.1", 2, "alert 70")]
    // The same words in a newer version: it is only for the version that the others were refused.
    [InlineData("TLS 1.2", 3, "hello")]
    public async Task Old_encryption_is_refused(string version, int minor, string expected)
    {
        using var client = await RawClient.ConnectAsync(Cluster["lb-1"].Port(SecurePort));
        await client.WriteAsync(ClientHello((char)minor));

        // The kind of record, two bytes of version, two of length; an alert is its level and a number (RFC 5246, 7.2).
        var answer = await client.ReadAsync(7);

        var meaning = answer is ['\u0015', _, _, _, _, '\u0002', var alert] ? $"alert {(int)alert}" : answer is ['\u0016', _, _, _, _, '\u0002', ..] ? "hello" : Convert.ToHexString([.. answer.Select(c => (byte)c)]);
        Assert.True(expected == meaning, $"{version}: {meaning}");
    }

    [Fact]
    public async Task Browsers_are_told_to_come_encrypted_only_where_that_is_wanted()
    {
        await using var strict = await StartAsync(strictTransport: true);

        Assert.Equal("max-age=31536000", await HeaderAsync(strict, Hsts));
        Assert.Null(await HeaderAsync(Cluster, Hsts));
        Assert.Null((await RawClient.SendAsync(strict.Public(), "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")).Header(Hsts));
    }

    [Fact]
    public async Task HTTP_3_is_offered_where_HAProxy_speaks_it()
    {
        var features = await ContainerClient.RunAsync("run", "--rm", "--entrypoint=haproxy", ContainerClient.HAProxyImage, "-vv");

        var offer = await HeaderAsync(Cluster, "Alt-Svc");

        // It holds for a day, which is what .NET takes for granted and so does not show.
        Assert.Equal(features.Contains("+QUIC ", StringComparison.Ordinal) ? $"h3=\":{HAProxyCluster.ToldTlsPort}\"" : null, offer);
    }

    private static async Task<string?> HeaderAsync(HAProxyCluster cluster, string name)
    {
        using var http = Open(cluster);
        using var answer = await http.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;
    }

    private static HttpClient Open(HAProxyCluster cluster) =>
        new(new SocketsHttpHandler
        {
            // Whoever it is, it must be the certificate that was made for the test.
            SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => TestCertificate.Is(certificate) },
        })
        { BaseAddress = new Uri($"https://localhost:{cluster["lb-1"].Port(SecurePort)}") };

    // A client of .NET would not speak so old a language itself. RFC 5246, 7.4.1.2; what is offered fits the certificate and HAProxy's list.
    private static string ClientHello(char minor)
    {
        var extensions = "\0\u000a\0\u0004\0\u0002\0\u0017" // secp256r1
            + "\0\u000b\0\u0002\u0001\0" // points not compressed
            + "\0\u000d\0\u0006\0\u0004\u0004\u0003\u0002\u0003"; // ECDSA with SHA-256, with SHA-1
        var hello = $"\u0003{minor}{new string('r', 32)}\0\0\u0004\u00c0\u002b\u00c0\u0009\u0001\0\0{(char)extensions.Length}{extensions}";
        return $"\u0016\u0003\u0001\0{(char)(hello.Length + 4)}\u0001\0\0{(char)hello.Length}{hello}";
    }

    private static Task<HAProxyCluster> StartAsync(bool strictTransport) => HAProxyCluster.StartAsync(
        HAProxyCluster.Model(new HAProxySettings(), servers: 1) with { Tls = new HAProxyTls(SecurePort, strictTransport) });

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await StartAsync(strictTransport: false);

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
