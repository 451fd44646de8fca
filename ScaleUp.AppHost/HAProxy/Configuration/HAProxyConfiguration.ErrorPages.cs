using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // The page is long and its sentences are many, so that it is written once, as two variables around the sentence.
    private const string PageBegin = "LB_PAGE_BEGIN";
    private const string PageEnd = "LB_PAGE_END";
    private const string Html = "\"text/html; charset=utf-8\"";

    private static readonly (int Status, string Heading)[] s_errors =
    [
        (400, "This request is not valid"),
        (408, "Your request took too long to arrive"),
        (413, "This is too large"),
        (500, "Something went wrong"),
        (502, "Not available right now"),
        (503, "Not available right now"),
        (504, "Not available right now"),
    ];

    private static string Refuse(HAProxySettings settings, int status, string reason, string more = "") =>
        $"http-request deny deny_status {status} content-type {ContentOf(settings.ErrorPage, status, reason)}{more} if";

    private static string ContentOf(string? page, int status, string heading) => page is null
        ? $"text/plain string \"{heading}\""
        : $"{Html} string \"${{{PageBegin}}}<h1>{heading}</h1><p>{AdviceFor(status)}</p>${{{PageEnd}}}\"";

    private static string AdviceFor(int status) => status switch
    {
        404 => "The address may be mistyped, or what was here has moved.",
        405 => "This address cannot be used in this way. Going back may help.",
        408 => "Your connection may be slow or have been interrupted. Nothing was stored: go back and send it again.",
        413 => "Nothing was stored. Go back, shorten what you typed, and send it again.",
        414 => "Use a shorter address, or search for fewer words.",
        421 => "This website does not answer under this name. Check the address.",
        429 => "You have sent many requests in a short time. Wait a minute, then try again.",
        431 => "Your browser sends more than this website accepts. Delete its cookies for this website, then try again.",
        >= 500 => "Our servers are busy or away. Nothing is lost: if you have just sent something, send it again in a few seconds. It will not be stored twice.",
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
                # The page on which visitors read what the load balancer itself has to say.
                setenv {{PageBegin}} '{{parts[0]}}'
                setenv {{PageEnd}} '{{parts[1]}}'

            """);
    }

    // Headers too, since HAProxy adds none to an error that comes before or after its rules.
    private static void RenderErrorPages(StringBuilder text, HAProxySettings settings, HAProxyFrontend frontend)
    {
        text.Append("    # What is read if no server has answered, or the request is none.\n");
        // Other tiers read the status alone.
        var page = frontend.IsPublic ? settings.ErrorPage : null;
        foreach (var (status, heading) in s_errors)
        {
            var retry = status >= 502 ? " hdr Retry-After 2" : "";
            text.Append($"    http-error status {status} content-type {ContentOf(page, status, heading)}{retry} hdr Cache-Control no-store hdr X-Content-Type-Options nosniff hdr Content-Security-Policy \"{ContentSecurityPolicy(settings)}\"\n");
        }

        text.Append('\n');
    }

    // The page's own style, by its hash: https://www.w3.org/TR/CSP3/#match-element-to-source-list
    private static string ContentSecurityPolicy(HAProxySettings settings)
    {
        var styles = settings.ErrorPage is { } page ? StyleForm().Matches(OneLine(page)).Select(match => $" 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(match.Groups[1].Value)))}'").ToArray() : [];
        return $"default-src 'none'; {(styles.Length > 0 ? $"style-src{string.Concat(styles)}; " : "")}base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static string OneLine(string page) => string.Join(' ', page.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex StyleForm();
}
