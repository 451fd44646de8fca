namespace ScaleUp.Tests.HAProxy;

/// <summary>A request that must not reach a server.</summary>
/// <param name="Bytes">What is sent.</param>
/// <param name="Statuses">How it may be answered: HAProxy's versions differ in what their parser refuses before the rules do.</param>
internal sealed record HostileRequest(string Bytes, params int[] Statuses);

internal static class HostileRequests
{
    private const string Pieces = "3\r\nabc\r\n0\r\n\r\n";

    public static IReadOnlyDictionary<string, HostileRequest> All { get; } = new Dictionary<string, HostileRequest>
    {
        // Characters
        ["NUL in a header"] = new(Get("X-A: a\0b\r\n"), 400),
        ["0x01 in a header"] = new(Get("X-A: a\u0001b\r\n"), 400),
        ["vertical tab in a header"] = new(Get("X-A: a\u000bb\r\n"), 400),
        ["0x1f in a header"] = new(Get("X-A: a\u001fb\r\n"), 400),
        ["DEL in a header"] = new(Get("X-A: a\u007fb\r\n"), 400),
        ["bare CR in a header"] = new(Get("X-A: a\rX-Evil: b\r\n"), 400),
        ["bare LF, then no header"] = new(Get("X-A: a\nb\r\n"), 400),
        ["NUL in the path"] = new(Line("GET /a\0b HTTP/1.1"), 400),
        ["0x01 in the path"] = new(Line("GET /a\u0001b HTTP/1.1"), 400),
        ["DEL in the path"] = new(Line("GET /a\u007fb HTTP/1.1"), 400),
        ["tab in the path"] = new(Line("GET /a\tb HTTP/1.1"), 400),
        ["UTF-8 in the path that is not encoded"] = new(Line("GET /a\u00c3\u00a9 HTTP/1.1"), 400),
        ["%00 in the path"] = new(Line("GET /a%00b HTTP/1.1"), 400),
        ["%0d%0a in the path"] = new(Line("GET /a%0d%0aX:y HTTP/1.1"), 400),
        ["%00 in the query"] = new(Line("GET /a?b=%00 HTTP/1.1"), 400),
        ["% without digits in the path"] = new(Line("GET /a%zz HTTP/1.1"), 400),
        ["dots in the path"] = new(Line("GET /x/../admin HTTP/1.1"), 400),
        ["encoded dots in the path"] = new(Line("GET /x/%2E%2e/admin HTTP/1.1"), 400),
        ["backslash in the path"] = new(Line("GET /x\\..\\admin HTTP/1.1"), 400),
        ["fragment in the path"] = new(Line("GET /x#y HTTP/1.1"), 400),

        // Where the body ends
        ["two lengths that differ"] = new(Post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400),
        ["two lengths in one header that differ"] = new(Post("Content-Length: 3, 4\r\n", "abcd"), 400),
        ["length with a sign"] = new(Post("Content-Length: +3\r\n", "abc"), 400),
        ["negative length"] = new(Post("Content-Length: -3\r\n", "abc"), 400),
        ["hexadecimal length"] = new(Post("Content-Length: 0x3\r\n", "abc"), 400),
        ["no length in the header"] = new(Post("Content-Length:\r\n", "abc"), 400),
        ["length of 16 digits"] = new(Post("Content-Length: 9000000000000000\r\n", "abc"), 413),
        ["length of 2^64 and 3"] = new(Post("Content-Length: 18446744073709551619\r\n", "abc"), 400, 413),
        ["length above the limit"] = new(Post("Content-Length: 10485761\r\n", "abc"), 413),
        ["length above the limit, asking before"] = new(Post("Content-Length: 10485761\r\nExpect: 100-continue\r\n", ""), 413),
        ["another transfer coding"] = new(Post("Transfer-Encoding: gzip, chunked\r\n", Pieces), 400, 422),
        ["transfer coding in quotes"] = new(Post("Transfer-Encoding: \"chunked\"\r\n", Pieces), 400),
        ["transfer coding that only looks so"] = new(Post("Transfer-Encoding: xchunked\r\n", Pieces), 400),
        ["transfer coding twice"] = new(Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Pieces), 400),
        ["transfer coding and a space before the colon"] = new(Post("Transfer-Encoding : chunked\r\n", Pieces), 400),
        ["transfer coding in HTTP/1.0"] = new(Post("Transfer-Encoding: chunked\r\n", Pieces, "HTTP/1.0"), 400),

        // A body that could stand in for a part of the address
        ["form with GET"] = new(Form("GET"), 400),
        ["form with HEAD"] = new(Form("HEAD"), 400),
        ["form with DELETE"] = new(Form("DELETE"), 400),
        ["form with OPTIONS"] = new(Form("OPTIONS"), 400),
        ["form with GET, asking before"] = new(Form("GET", "Expect: 100-continue\r\n"), 400),
        ["GET in pieces"] = new(Get("Transfer-Encoding: chunked\r\n") + Pieces, 400),
        ["GET in pieces, of which there are none"] = new(Get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400),

        // Ways out
        ["HTTP/2 without being asked"] = new("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", 400, 405),

        // Names of headers
        ["underscores in a name"] = new(Get("X_Forwarded_For: 6.6.6.6\r\n"), 400),
        ["Content_Length"] = new(Get("Content_Length: 5\r\n"), 400),
        ["dot in a name"] = new(Get("X.A: 1\r\n"), 400),
        ["space in a name"] = new(Get("X A: 1\r\n"), 400),
        ["space after a name"] = new(Get("X-Forwarded-For : 6.6.6.6\r\n"), 400),
        ["no name"] = new(Get(": 1\r\n"), 400),
        ["no colon"] = new(Get("X-A\r\n"), 400),
        ["two keys of idempotency"] = new(Post("Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 3\r\n", "abc"), 400),
        ["two authorizations"] = new(Get("Authorization: a\r\nAuthorization: b\r\n"), 400),

        // Sizes
        ["request line of 9 KB"] = new(Line($"GET /{new string('p', 9000)} HTTP/1.1"), 414),
        ["request line of 70 KB"] = new(Line($"GET /{new string('p', 70_000)} HTTP/1.1"), 400, 414),
        ["header of 9 KB"] = new(Get($"X-A: {new string('a', 9000)}\r\n"), 431),
        ["headers of 18 KB"] = new(Get(string.Concat(Enumerable.Range(0, 3).Select(i => $"X-{i}: {new string('a', 6000)}\r\n"))), 431),
        ["headers of 40 KB"] = new(Get(string.Concat(Enumerable.Range(0, 10).Select(i => $"X-{i}: {new string('a', 4000)}\r\n"))), 400, 414, 431),
        ["101 headers"] = new(Get(string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: a\r\n"))), 431),

        // The request line and Host
        ["TRACE"] = new(Line("TRACE /x HTTP/1.1"), 405),
        ["CONNECT"] = new("CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n", 400, 405),
        ["unknown method"] = new(Line("FOO /x HTTP/1.1"), 405),
        ["method in lower case"] = new(Line("get /x HTTP/1.1"), 405),
        ["no method"] = new(Line(" /x HTTP/1.1"), 400),
        ["HTTP/0.9"] = new("GET /x\r\n\r\n", 400),
        ["HTTP/2.0 in clear text"] = new(Line("GET /x HTTP/2.0"), 400),
        ["HTTP/1.10"] = new(Line("GET /x HTTP/1.10"), 400),
        ["a fourth word"] = new(Line("GET /x y HTTP/1.1"), 400),
        ["path without a slash"] = new(Line("GET x HTTP/1.1"), 400),
        ["address of another host"] = new(Line("GET http://evil/x HTTP/1.1"), 400),
        ["address of a file"] = new(Line("GET file:///etc/passwd HTTP/1.1"), 400),
        ["no Host"] = new("GET /x HTTP/1.1\r\n\r\n", 400),
        ["no Host in HTTP/1.0"] = new("GET /x HTTP/1.0\r\n\r\n", 400),
        ["empty Host"] = new("GET /x HTTP/1.1\r\nHost:\r\n\r\n", 400),
        ["two Hosts"] = new(Get("Host: evil\r\n"), 400),
        ["Host with a path"] = new("GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ["Host with a user"] = new("GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        ["Host with a port that is too large"] = new(Host("localhost:99999"), 400),
        ["Host with an empty part"] = new(Host("a..b"), 400),
        ["Host that begins with a dot"] = new(Host(".b"), 400),
        ["Host of colons"] = new(Host("[::::]"), 400),
        ["Host with half an IPv6 address"] = new(Host("[1:2:3]"), 400),
        ["Host of 300 letters"] = new(Host(new string('a', 300)), 400),
        ["Host of 300 characters in parts"] = new(Host(string.Join('.', Enumerable.Repeat("abcde", 50))), 400),
        ["address with a user"] = new("GET http://user@a.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ["address with a user and a password"] = new("GET http://user:secret@a.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        ["Host with two ports"] = new("GET /x HTTP/1.1\r\nHost: a:80:80\r\n\r\n", 400),
        ["Host with <"] = new("GET /x HTTP/1.1\r\nHost: a<b>\r\n\r\n", 400),

        // Slow, and what is nobody's business
        ["head that does not end"] = new("GET /x HTTP/1.1\r\nHost: a.ex", 408),
        ["the server's health"] = new(Line("GET /health HTTP/1.1"), 404),
        ["the server's health, spelled otherwise"] = new(Line("GET //%48ealth/x?y HTTP/1.1"), 404),
    };

    private static string Get(string headers) => $"GET /x HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n";

    private static string Post(string headers, string body, string version = "HTTP/1.1") => $"POST /x {version}\r\nHost: a.example\r\n{headers}\r\n{body}";

    private static string Form(string method, string headers = "") =>
        $"{method} /x HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n{headers}\r\nSlug=secret";

    private static string Host(string host) => $"GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n";

    private static string Line(string line) => $"{line}\r\nHost: a.example\r\n\r\n";
}
