using System.IO.Compression;
using System.Net;
using System.Text;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>A complete response.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">All headers in their original order.</param>
/// <param name="Body">The body without chunk framing, still compressed.</param>
internal sealed record HttpPage(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>The body as text, decompressed.</summary>
    public string Text
    {
        get
        {
            using Stream packed = new MemoryStream(Body);
            using var unpacked = this["Content-Encoding"] switch
            {
                "gzip" => new GZipStream(packed, CompressionMode.Decompress),
                "br" => new BrotliStream(packed, CompressionMode.Decompress),
                _ => packed,
            };
            using var reader = new StreamReader(unpacked, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Returns a form of the page with its initial values.</summary>
    /// <param name="handler">The handler of the form or of one of its buttons.</param>
    /// <exception cref="InvalidOperationException">The page has no such form; the message contains the page.</exception>
    public SiteForm Form(string handler = "")
    {
        using var response = new HttpResponseMessage((HttpStatusCode)Status);
        return new SitePage(response, Text).Form(handler);
    }

    /// <summary>The value of a header; null if it is missing.</summary>
    public string? this[string name] =>
        Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>A request that can be sent repeatedly with identical bytes.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Body">The URL-encoded form; null for none.</param>
internal sealed record HttpPageRequest(string Method, string Path, string? Body = null)
{
    /// <summary>Returns the bytes of the request.</summary>
    public byte[] ToBytes(Uri website, string cookies)
    {
        var text = new StringBuilder(
            $"{Method} {Path} HTTP/1.1\r\nHost: {website.Authority}\r\nUser-Agent: ScaleUp.Drill\r\n" +
            "Accept: text/html,*/*;q=0.8\r\nAccept-Encoding: gzip, br\r\n");
        if (cookies.Length > 0)
        {
            text.Append($"Cookie: {cookies}\r\n");
        }

        if (Body is not null)
        {
            text.Append($"Origin: {website.GetLeftPart(UriPartial.Authority)}\r\nSec-Fetch-Site: same-origin\r\n")
                .Append($"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {Encoding.ASCII.GetByteCount(Body)}\r\n");
        }

        return Encoding.ASCII.GetBytes(text.Append("\r\n").Append(Body).ToString());
    }
}
