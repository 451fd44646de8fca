using System.Text;

namespace ScaleUp.Web;

/// <summary>URLs in headers, which are limited to ASCII.</summary>
internal static class HeaderUrl
{
    /// <summary>
    /// Percent-encodes the characters that a header does not allow, and keeps existing encodings: <c>/tags/café</c> becomes
    /// <c>/tags/caf%C3%A9</c>.
    /// </summary>
    public static string Encode(string url)
    {
        var encoded = new StringBuilder();
        foreach (var c in url.EnumerateRunes())
        {
            var isAllowed = c.Value is > ' ' and <= '~' and not ('"' or '<' or '>' or '\\');
            encoded.Append(isAllowed ? c.ToString() : Uri.EscapeDataString(c.ToString()));
        }

        return encoded.ToString();
    }
}
