namespace ScaleUp.Tests.HAProxy;

/// <summary>A request that must not reach a server.</summary>
/// <param name="Bytes">The bytes of the request, one per character (Latin-1).</param>
/// <param name="Statuses">
/// The allowed statuses: HAProxy's versions differ in the requests that the parser rejects before the rules do.
/// </param>
internal sealed record HostileRequest(string Bytes, params int[] Statuses);

internal static class HostileRequests
{
    private const string Chunks = "3\r\nabc\r\n0\r\n\r\n";

    /// <summary>Enough bytes for a large body not to be closed as too slow.</summary>
    public static readonly string LargeBody = new('b', 9000);

    public static IReadOnlyDictionary<string, HostileRequest> All { get; } = new Dictionary<string, HostileRequest>
    {
        // Characters
        ["NUL in a header"] = new(Get("X-A: a\0b\r\n"), 400),
        ["0x01 in a header"] = new(Get("X-A: a\u0001b\r\n"), 400),
        ["vertical tab in a header"] = new(Get("X-A: a\u000bb\r\n"), 400),
        ["0x1f in a header"] = new(Get("X-A: a\u001fb\r\n"), 400),
        ["DEL in a header"] = new(Get("X-A: a\u007fb\r\n"), 400),
        ["bare CR in a header"] = new(Get("X-A: a\rX-Evil: b\r\n"), 400),
        ["bare LF followed by no header"] = new(Get("X-A: a\nb\r\n"), 400),
        ["NUL in the path"] = new(Line("GET /a\0b HTTP/1.1"), 400),
        ["0x01 in the path"] = new(Line("GET /a\u0001b HTTP/1.1"), 400),
        ["DEL in the path"] = new(Line("GET /a\u007fb HTTP/1.1"), 400),
        ["tab in the path"] = new(Line("GET /a\tb HTTP/1.1"), 400),
        ["unencoded UTF-8 in the path"] = new(Line("GET /a\u00c3\u00a9 HTTP/1.1"), 400),
        ["%00 in the path"] = new(Line("GET /a%00b HTTP/1.1"), 400),
        ["%0d%0a in the path"] = new(Line("GET /a%0d%0aX:y HTTP/1.1"), 400),
        ["%00 in the query"] = new(Line("GET /a?b=%00 HTTP/1.1"), 400),
        ["% without digits in the path"] = new(Line("GET /a%zz HTTP/1.1"), 400),
        ["dots in the path"] = new(Line("GET /x/../admin HTTP/1.1"), 400),
        ["encoded dots in the path"] = new(Line("GET /x/%2E%2e/admin HTTP/1.1"), 400),
        ["backslash in the path"] = new(Line("GET /x\\..\\admin HTTP/1.1"), 400),
        ["fragment in the path"] = new(Line("GET /x#y HTTP/1.1"), 400),

        // Body length
        ["two different Content-Length headers"] = new(Post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400),
        ["two different lengths in one Content-Length header"] = new(Post("Content-Length: 3, 4\r\n", "abcd"), 400),
        ["signed Content-Length"] = new(Post("Content-Length: +3\r\n", "abc"), 400),
        ["negative Content-Length"] = new(Post("Content-Length: -3\r\n", "abc"), 400),
        ["hexadecimal Content-Length"] = new(Post("Content-Length: 0x3\r\n", "abc"), 400),
        ["empty Content-Length"] = new(Post("Content-Length:\r\n", "abc"), 400),
        ["Content-Length of 16 digits"] = new(Post("Content-Length: 9000000000000000\r\n", LargeBody), 413),
        ["Content-Length of 2^64 + 3"] = new(Post("Content-Length: 18446744073709551619\r\n", "abc"), 400, 413),
        ["Content-Length above the limit"] = new(Post("Content-Length: 10485761\r\n", LargeBody), 413),
        ["Content-Length above the limit with Expect"] = new(Post("Content-Length: 10485761\r\nExpect: 100-continue\r\n", ""), 413),
        ["unsupported transfer coding"] = new(Post("Transfer-Encoding: gzip, chunked\r\n", Chunks), 400, 422),
        ["quoted transfer coding"] = new(Post("Transfer-Encoding: \"chunked\"\r\n", Chunks), 400),
        ["unknown transfer coding that ends in chunked"] = new(Post("Transfer-Encoding: xchunked\r\n", Chunks), 400),
        ["duplicate transfer coding"] = new(Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Chunks), 400),
        ["transfer coding with a space before the colon"] = new(Post("Transfer-Encoding : chunked\r\n", Chunks), 400),
        ["transfer coding in HTTP/1.0"] = new(Post("Transfer-Encoding: chunked\r\n", Chunks, "HTTP/1.0"), 400),

        // Forms with methods that have none: a server could bind their fields in place of URL parameters
        ["form with GET"] = new(Form("GET"), 400),
        ["form with HEAD"] = new(Form("HEAD"), 400),
        ["form with DELETE"] = new(Form("DELETE"), 400),
        ["form with OPTIONS"] = new(Form("OPTIONS"), 400),
        ["form with GET and Expect: 100-continue"] = new(Form("GET", "Expect: 100-continue\r\n"), 400),
        ["chunked GET"] = new(Get("Transfer-Encoding: chunked\r\n") + Chunks, 400),
        ["chunked GET without content"] = new(Get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400),

        // Protocol changes
        ["HTTP/2 with prior knowledge"] = new("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", 400, 405),

        // Header names
        ["underscores in a header name"] = new(Get("X_Forwarded_For: 6.6.6.6\r\n"), 400),
        ["Content_Length"] = new(Get("Content_Length: 5\r\n"), 400),
        ["dot in a header name"] = new(Get("X.A: 1\r\n"), 400),
        ["space in a header name"] = new(Get("X A: 1\r\n"), 400),
        ["space after a header name"] = new(Get("X-Forwarded-For : 6.6.6.6\r\n"), 400),
        ["empty header name"] = new(Get(": 1\r\n"), 400),
        ["header without a colon"] = new(Get("X-A\r\n"), 400),
        ["two idempotency keys"] = new(Post("Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 3\r\n", "abc"), 400),
        ["two Authorization headers"] = new(Get("Authorization: a\r\nAuthorization: b\r\n"), 400),

        // Sizes
        ["request line of 9 KB"] = new(Line($"GET /{new string('p', 9000)} HTTP/1.1"), 414),
        ["request line of 70 KB"] = new(Line($"GET /{new string('p', 70_000)} HTTP/1.1"), 400, 414),
        ["header of 9 KB"] = new(Get($"X-A: {new string('a', 9000)}\r\n"), 431),
        ["headers of 18 KB"] = new(Get(string.Concat(Enumerable.Range(0, 3).Select(i => $"X-{i}: {new string('a', 6000)}\r\n"))), 431),
        ["headers of 40 KB"] = new(
            Get(string.Concat(Enumerable.Range(0, 10).Select(i => $"X-{i}: {new string('a', 4000)}\r\n"))), 400, 414, 431),
        ["101 headers"] = new(Get(string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: a\r\n"))), 431),

        // The request line and Host
        ["TRACE"] = new(Line("TRACE /x HTTP/1.1"), 405),
        ["CONNECT"] = new("CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n", 400, 405),
        ["unknown method"] = new(Line("FOO /x HTTP/1.1"), 405),
        ["lower-case method"] = new(Line("get /x HTTP/1.1"), 405),
        ["no method"] = new(Line(" /x HTTP/1.1"), 400),
        ["HTTP/0.9"] = new("GET /x\r\n\r\n", 400),
        ["HTTP/2.0 in clear text"] = new(Line("GET /x HTTP/2.0"), 400),
        ["HTTP/1.10"] = new(Line("GET /x HTTP/1.10"), 400),
        ["request line with four parts"] = new(Line("GET /x y HTTP/1.1"), 400),
        ["path without a slash"] = new(Line("GET x HTTP/1.1"), 400),
        ["absolute URL of another host"] = new(Line("GET http://evil/x HTTP/1.1"), 400),
        ["file URL"] = new(Line("GET file:///etc/passwd HTTP/1.1"), 400),
        ["no Host"] = new("GET /x HTTP/1.1\r\n\r\n", 400),
        ["no Host in HTTP/1.0"] = new("GET /x HTTP/1.0\r\n\r\n", 400),
        ["empty Host"] = new("GET /x HTTP/1.1\r\nHost:\r\n\r\n", 400),
        ["two Host headers"] = new(Get("Host: evil\r\n"), 400),
        ["Host with a path"] = new("GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ["Host with a user"] = new("GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        ["Host with a port that is too large"] = new(Host("localhost:99999"), 400),
        ["Host with an empty label"] = new(Host("a..b"), 400),
        ["Host that begins with a dot"] = new(Host(".b"), 400),
        ["Host of colons"] = new(Host("[::::]"), 400),
        ["Host with half an IPv6 address"] = new(Host("[1:2:3]"), 400),
        ["Host of one label of 300 characters"] = new(Host(new string('a', 300)), 400),
        ["Host of 299 characters in labels"] = new(Host(string.Join('.', Enumerable.Repeat("abcde", 50))), 400),
        ["absolute URL with a user"] = new("GET http://user@a.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ["absolute URL with a user and a password"] = new("GET http://user:secret@a.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ["Host with two ports"] = new("GET /x HTTP/1.1\r\nHost: a:80:80\r\n\r\n", 400),
        ["Host with <"] = new("GET /x HTTP/1.1\r\nHost: a<b>\r\n\r\n", 400),

        // Slow requests and internal paths
        ["incomplete header"] = new("GET /x HTTP/1.1\r\nHost: a.ex", 408),
        ["health endpoint"] = new(Line("GET /health HTTP/1.1"), 404),
        ["health endpoint, encoded and with a double slash"] = new(Line("GET //%48ealth/x?y HTTP/1.1"), 404),
    };

    private static string Get(string headers) => $"GET /x HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n";

    private static string Post(string headers, string body, string version = "HTTP/1.1") =>
        $"POST /x {version}\r\nHost: a.example\r\n{headers}\r\n{body}";

    private static string Form(string method, string headers = "") =>
        $"{method} /x HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        + $"Content-Length: 11\r\n{headers}\r\nSlug=secret";

    private static string Host(string host) => $"GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n";

    private static string Line(string line) => $"{line}\r\nHost: a.example\r\n\r\n";
}
