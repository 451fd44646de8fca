using System.Text;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A request as a server received it, one character per byte (Latin-1).</summary>
/// <param name="Server">The name of the server.</param>
/// <param name="Text">The header and the body, including chunk sizes if the body is chunked.</param>
internal sealed record RawRequest(string Server, string Text)
{
    private const string EndOfHead = "\r\n\r\n";

    public string Line => Text[..Text.IndexOf("\r\n", StringComparison.Ordinal)];

    public string Path => Line.Split(' ')[1];

    public string Body => Text[(Text.IndexOf(EndOfHead, StringComparison.Ordinal) + EndOfHead.Length)..];

    /// <summary>The body without chunk sizes, because each hop may use different chunks.</summary>
    public string Content
    {
        get
        {
            if (Header("Transfer-Encoding").Count == 0)
            {
                return Body;
            }

            var content = new StringBuilder();
            for (var rest = Body; SizeAt(rest, 0) is (var endOfSize, > 0 and var size); rest = rest[(endOfSize + 2 + size + 2)..])
            {
                content.Append(rest, endOfSize + 2, size);
            }

            return content.ToString();
        }
    }

    /// <summary>The values of a header, one per header line.</summary>
    public IReadOnlyList<string> Header(string name) =>
        [.. Text[..Text.IndexOf(EndOfHead, StringComparison.Ordinal)].Split("\r\n").Skip(1)
            .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 1)..].Trim())];

    /// <summary>Removes the first request from the received bytes of a connection.</summary>
    /// <returns>The request; null if it is still incomplete.</returns>
    public static RawRequest? TakeFrom(StringBuilder received, string server)
    {
        var text = received.ToString();
        var end = text.IndexOf(EndOfHead, StringComparison.Ordinal) + EndOfHead.Length;
        if (end < EndOfHead.Length)
        {
            return null;
        }

        var head = new RawRequest(server, text[..end]);
        if (head.Header("Transfer-Encoding").Count > 0)
        {
            end = EndOfChunks(text, end);
        }
        else if (head.Header("Content-Length") is [var length, ..])
        {
            end += int.Parse(length, System.Globalization.CultureInfo.InvariantCulture);
        }

        if (end < 0 || end > text.Length)
        {
            return null;
        }

        received.Remove(0, end);
        return new RawRequest(server, text[..end]);
    }

    private static int EndOfChunks(string text, int at)
    {
        while (SizeAt(text, at) is ( >= 0 and var endOfSize, var size))
        {
            if (size == 0)
            {
                // Trailers follow the last chunk, up to an empty line.
                var end = text.IndexOf(EndOfHead, endOfSize, StringComparison.Ordinal);
                return end < 0 ? -1 : end + EndOfHead.Length;
            }

            at = endOfSize + 2 + size + 2;
            if (at > text.Length)
            {
                return -1;
            }
        }

        return -1;
    }

    private static (int End, int Size) SizeAt(string text, int at) =>
        text.IndexOf("\r\n", at, StringComparison.Ordinal) is >= 0 and var end
            ? (end, Convert.ToInt32(text[at..end].Split(';')[0].Trim(), 16))
            : (-1, 0);
}
