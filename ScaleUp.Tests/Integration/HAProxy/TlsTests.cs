using System.Net;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>TLS at the public frontend.</summary>
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
    public async Task HTTP_requests_are_redirected_to_the_same_URL_by_HTTPS(string line, string host, string target)
    {
        Cluster.Origin("web-1").Clear();

        var response = await RawClient.SendAsync(Cluster.Public(), $"{line}\r\nHost: {host}\r\n\r\n");

        Assert.Equal(308, response.Status);
        Assert.Equal($"https://a.example:{HAProxyCluster.AdvertisedTlsPort}{target}", response.Header("Location"));
        Assert.Null(response.Header(Hsts));
        Assert.Empty(Cluster.Requests);
    }

    [Fact]
    public async Task A_hostile_host_gets_no_redirect()
    {
        var response = await RawClient.SendAsync(Cluster.Public(), "GET /x HTTP/1.1\r\nHost: evil/@a.example\r\n\r\n");

        Assert.Equal(400, response.Status);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task HTTPS_supports_HTTP_1_1_and_HTTP_2(string version)
    {
        Cluster.Origin("web-1").Clear();
        using var http = CreateClient(Cluster);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/x?y")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Add("X-Forwarded-Proto", "http");
        using var response = await http.SendAsync(request, Cancellation);

        Assert.Equal((HttpStatusCode.OK, request.Version), (response.StatusCode, response.Version));
        var arrived = Assert.Single(Cluster.Requests);
        Assert.Equal("GET /x?y HTTP/1.1", arrived.Line);
        Assert.Equal("https", Assert.Single(arrived.Header("X-Forwarded-Proto")));
        Assert.Equal($"localhost:{Cluster["lb-1"].Port(SecurePort)}", Assert.Single(arrived.Header("Host")));
    }

    [Theory]
    [InlineData("TLS 1.0", 1, "alert 70")]
    [InlineData("TLS 1.1", 2, "alert 70")]
    // Proves that the others are rejected only for their version.
    [InlineData("TLS 1.2", 3, "hello")]
    public async Task TLS_versions_before_1_2_are_rejected(string version, int minor, string expected)
    {
        using var client = await RawClient.ConnectAsync(Cluster["lb-1"].Port(SecurePort));
        await client.WriteAsync(ClientHello((char)minor));

        // The record type, two bytes of version and two of length; then the level and the number of an alert (RFC 5246, 7.2).
        var response = await client.ReadAsync(7);

        var actual = response switch
        {
            ['\u0015', _, _, _, _, '\u0002', var alert] => $"alert {(int)alert}",
            ['\u0016', _, _, _, _, '\u0002', ..] => "hello",
            _ => Convert.ToHexString([.. response.Select(c => (byte)c)]),
        };
        Assert.True(expected == actual, $"{version}: expected '{expected}', but received '{actual}'.");
    }

    [Fact]
    public async Task HSTS_is_sent_only_if_enabled_and_only_by_HTTPS()
    {
        await using var strict = await StartAsync(strictTransport: true);

        Assert.Equal("max-age=31536000", await HeaderAsync(strict, Hsts));
        Assert.Null(await HeaderAsync(Cluster, Hsts));
        Assert.Null((await RawClient.SendAsync(strict.Public(), "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")).Header(Hsts));
    }

    [Fact]
    public async Task HTTP_3_is_advertised_if_HAProxy_supports_it()
    {
        var features = await ContainerClient.RunAsync("run", "--rm", "--entrypoint=haproxy", ContainerClient.HAProxyImage, "-vv");

        var advertised = await HeaderAsync(Cluster, "Alt-Svc");

        // .NET omits the max-age of a day, because that is the default.
        var isSupported = features.Contains("+QUIC ", StringComparison.Ordinal);
        Assert.Equal(isSupported ? $"h3=\":{HAProxyCluster.AdvertisedTlsPort}\"" : null, advertised);
    }

    private static async Task<string?> HeaderAsync(HAProxyCluster cluster, string name)
    {
        using var http = CreateClient(cluster);
        using var response = await http.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;
    }

    private static HttpClient CreateClient(HAProxyCluster cluster) =>
        new(new SocketsHttpHandler
        {
            // Accept the self-signed certificate of the test only.
            SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => TestCertificate.Is(certificate) },
        })
        { BaseAddress = new Uri($"https://localhost:{cluster["lb-1"].Port(SecurePort)}") };

    // .NET cannot send a ClientHello of these versions (RFC 5246, 7.4.1.2); the ciphers fit the certificate and HAProxy's list.
    private static string ClientHello(char minor)
    {
        var extensions = "\0\u000a\0\u0004\0\u0002\0\u0017" // secp256r1
            + "\0\u000b\0\u0002\u0001\0" // uncompressed points
            + "\0\u000d\0\u0006\0\u0004\u0004\u0003\u0002\u0003"; // ECDSA with SHA-256 and SHA-1
        var hello = $"\u0003{minor}{new string('r', 32)}\0\0\u0004\u00c0\u002b\u00c0\u0009\u0001\0\0{(char)extensions.Length}{extensions}";
        return $"\u0016\u0003\u0001\0{(char)(hello.Length + 4)}\u0001\0\0{(char)hello.Length}{hello}";
    }

    private static Task<HAProxyCluster> StartAsync(bool strictTransport) => HAProxyCluster.StartAsync(
        HAProxyCluster.Model(new HAProxySettings(), servers: 1) with { Tls = new HAProxyTls(SecurePort, strictTransport) });

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() => TlsTests.StartAsync(strictTransport: false);
    }
}
