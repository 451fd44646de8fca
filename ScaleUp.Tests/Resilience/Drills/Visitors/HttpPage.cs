using System.IO.Compression;
using System.Net;
using System.Text;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>A whole answer: nothing of it is missing.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">All headers, in the order in which they came.</param>
/// <param name="Body">The body, without the marks of its pieces, packed as it came.</param>
internal sealed record HttpPage(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>The body as text, unpacked.</summary>
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

    /// <summary>A form of the page, with what it holds when the page is opened.</summary>
    /// <param name="handler">The handler that the form, or one of its buttons, is for.</param>
    /// <exception cref="InvalidOperationException">There is none; the message has the page.</exception>
    public SiteForm Form(string handler = "")
    {
        using var response = new HttpResponseMessage((HttpStatusCode)Status);
        return new SitePage(response, Text).Form(handler);
    }

    /// <summary>The value of a header; null if there is none.</summary>
    public string? this[string name] => Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>A request that can be sent as often as need be: the same bytes each time.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Body">A form as a browser sends it; null for none.</param>
internal sealed record HttpPageRequest(string Method, string Path, string? Body = null)
{
    /// <summary>What goes over the wire.</summary>
    public byte[] ToBytes(Uri website, string cookies)
    {
        var text = new StringBuilder($"{Method} {Path} HTTP/1.1\r\nHost: {website.Authority}\r\nUser-Agent: ScaleUp.Drill\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Encoding: gzip, br\r\n");
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
