using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // The page is long and has many messages, so the configuration contains it once, as two variables around the message.
    private const string PageStart = "LB_PAGE_BEGIN";
    private const string PageEnd = "LB_PAGE_END";
    private const string Html = "\"text/html; charset=utf-8\"";

    private static readonly (int Status, string Heading)[] s_errors =
    [
        (400, "Invalid request"),
        (408, "Your request took too long to arrive"),
        (413, "Your request is too large"),
        (500, "Something went wrong"),
        (502, "Not available right now"),
        (503, "Not available right now"),
        (504, "Not available right now"),
    ];

    private static string Deny(HAProxySettings settings, int status, string reason, string headers = "") =>
        $"http-request deny deny_status {status} content-type {ContentOf(settings.ErrorPage, status, reason)}{headers} if";

    private static string ContentOf(string? page, int status, string heading) => page is null
        ? $"text/plain string \"{heading}\""
        : $"{Html} string \"${{{PageStart}}}<h1>{heading}</h1><p>{AdviceFor(status)}</p>${{{PageEnd}}}\"";

    private static string AdviceFor(int status) => status switch
    {
        404 => "The address may be mistyped, or the page has moved.",
        405 => "This address doesn't support that kind of request. Go back and try again.",
        408 => "Your connection may be slow or interrupted. Nothing was saved. Go back and send it again.",
        413 => "Nothing was saved. Go back, shorten your text, and send it again.",
        414 => "Use a shorter address, or search for fewer words.",
        421 => "This website isn't available at this address. Check the address.",
        429 => "You sent too many requests in a short time. Wait a minute, then try again.",
        431 => "Your browser sends too much data. Delete the cookies for this website, then try again.",
        >= 500 => "Our servers are busy or unavailable. If you just submitted something, send it again in a few seconds. " +
            "It won't be saved twice.",
        _ => "Check the address, or go back and try again. Deleting the cookies for this website may help.",
    };

    private static void RenderErrorPageParts(StringBuilder text, HAProxySettings settings)
    {
        if (settings.ErrorPage is null)
        {
            return;
        }

        var parts = OneLine(settings.ErrorPage).Split(HAProxySettings.ErrorPageMessage);
        text.Append($$"""
                # The page for responses that the load balancer generates itself.
                setenv {{PageStart}} '{{parts[0]}}'
                setenv {{PageEnd}} '{{parts[1]}}'

            """);
    }

    // Includes security headers, because HAProxy adds none to an error that occurs before or after its rules.
    private static void RenderErrorPages(StringBuilder text, HAProxySettings settings, HAProxyFrontend frontend)
    {
        text.Append("    # Responses when no server answers or the request cannot be parsed.\n");
        // Other tiers read the status only.
        var page = frontend.IsPublic ? settings.ErrorPage : null;
        var security = "hdr Cache-Control no-store hdr X-Content-Type-Options nosniff hdr Content-Security-Policy "
            + $"\"{ContentSecurityPolicy(settings.ErrorPage)}\"";
        foreach (var (status, heading) in s_errors)
        {
            var retry = status >= 502 ? " hdr Retry-After 2" : "";
            text.Append($"    http-error status {status} content-type {ContentOf(page, status, heading)}{retry} {security}\n");
        }

        text.Append('\n');
    }

    // Allows the page's inline style by its hash: https://www.w3.org/TR/CSP3/#match-element-to-source-list
    private static string ContentSecurityPolicy(string? errorPage)
    {
        var styles = errorPage is { } page
            ? StylePattern().Matches(OneLine(page)).Select(match => $" 'sha256-{HashOf(match.Groups[1].Value)}'").ToArray()
            : [];
        var styleSource = styles.Length > 0 ? $"style-src{string.Concat(styles)}; " : "";
        return $"default-src 'none'; {styleSource}base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static string HashOf(string style) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));

    private static string OneLine(string page) =>
        string.Join(' ', page.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex StylePattern();
}
