using System.Text;

namespace ScaleUp.Web;

/// <summary>Addresses in headers, which have ASCII only.</summary>
internal static class HeaderUrl
{
    /// <summary>Encodes what an address in a header must not have, and leaves what is encoded already as it is: <c>/tags/café</c> is <c>/tags/caf%C3%A9</c>.</summary>
    public static string Encode(string address)
    {
        var encoded = new StringBuilder();
        foreach (var c in address.EnumerateRunes())
        {
            encoded.Append(c.Value is > ' ' and <= '~' and not ('"' or '<' or '>' or '\\') ? c.ToString() : Uri.EscapeDataString(c.ToString()));
        }

        return encoded.ToString();
    }
}
