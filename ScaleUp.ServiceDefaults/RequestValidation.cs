using System.Net;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using MinDataRate = Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate;

namespace ScaleUp.ServiceDefaults;

/// <summary>Rules for all requests.</summary>
public static class RequestValidation
{
    /// <summary>Bytes: fits an article of maximum length with every character escaped.</summary>
    public const long MaxBodySize = 1_000_000;

    /// <summary>Configures Kestrel's limits for <see cref="UseRequestValidation"/>.</summary>
    /// <param name="builder">The builder of the server.</param>
    /// <param name="maxBodySize">The limit of bodies in bytes for endpoints without a <see cref="MaxBodySizeAttribute"/>.</param>
    public static void AddRequestValidation(this WebApplicationBuilder builder, long maxBodySize = MaxBodySize)
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Services.AddSingleton(new DefaultMaxBodySize(maxBodySize));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxRejectedSize;
            // Load balancers buffer small bodies and the beginning of large ones; the rest of a slow body would occupy one of the
            // server's connections, for which other requests queue.
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 2048, gracePeriod: TimeSpan.FromSeconds(15));
        });
    }

    /// <summary>
    /// Reads bodies into memory and rejects those that are too large (413), too slow (408) or not in UTF-8 (415). Rejects with 400 a body
    /// with a method that doesn't allow one, an invalid Host, and URLs and forms that a text column can't store because they contain NUL or
    /// invalid UTF-8: without this, they would cause an internal error in an endpoint, or be stored in an altered form. Rejections are
    /// <see cref="BadHttpRequestException"/>s, so an exception handler has to come before this middleware.
    /// </summary>
    public static void UseRequestValidation(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        if (context.Features.Get<IExceptionHandlerFeature>() is not null || context.Features.Get<IStatusCodeReExecuteFeature>() is not null)
        {
            // The error page is rendered for the rejected request, whose headers and body must not be rejected again.
            request.Body = Stream.Null;
            request.Headers.Remove(HeaderNames.ContentType);
            request.Headers.Remove(HeaderNames.ContentLength);
            request.Host = IsValidHost(request.Host) ? request.Host : new HostString("localhost");
            await next(context);
            return;
        }

        ValidateHead(context);
        var body = await RequestBody.ReadAsync(context);
        context.Response.RegisterForDispose(body);
        if (body.Length > 0 && ForbidsBody(request.Method))
        {
            throw BodyNotAllowed(request.Method);
        }

        if (request.HasFormContentType && !IsValidText(body.GetBuffer(), (int)body.Length))
        {
            throw new BadHttpRequestException("The form contains NUL or invalid UTF-8.");
        }

        request.Body = body;
        await next(context);
    });

    private static void ValidateHead(HttpContext context)
    {
        var request = context.Request;
        if (!IsValidText(request.Path.Value) || !IsValidText(request.QueryString.Value))
        {
            throw new BadHttpRequestException("The URL contains NUL or invalid UTF-8.");
        }

        if (!IsValidHost(request.Host))
        {
            throw new BadHttpRequestException(
                "The Host header must be a valid host name or IP address, optionally followed by a valid port.");
        }

        if (context.Features.Get<IHttpRequestFeature>()?.RawTarget is { } target
            && target.IndexOf("://", StringComparison.Ordinal) is > 0 and var start
            && target.AsSpan(start + 3) is var authority
            && authority[..(authority.IndexOfAny("/?#") is >= 0 and var end ? end : authority.Length)].Contains('@'))
        {
            throw new BadHttpRequestException("The URL must not contain a user name.");
        }

        if (request.ContentLength > 0 && ForbidsBody(request.Method))
        {
            throw BodyNotAllowed(request.Method);
        }

        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset is { Length: > 0 } charset
            && !HeaderUtilities.RemoveQuotes(charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw new BadHttpRequestException($"The charset is {charset}; it must be utf-8.", StatusCodes.Status415UnsupportedMediaType);
        }
    }

    // A body of these methods has no defined meaning (https://www.rfc-editor.org/rfc/rfc9110#section-9.3.1), but a form field in it could
    // override a query parameter, and the page would be cached under the URL alone.
    private static bool ForbidsBody(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsDelete(method) || HttpMethods.IsOptions(method)
        || HttpMethods.IsTrace(method);

    private static BadHttpRequestException BodyNotAllowed(string method) => new($"A {method} request must not have a body.");

    private static bool IsValidHost(HostString host) => !host.HasValue || (host.Value!.Length <= 260
        && Uri.TryCreate($"http://{host.Value}/", UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && uri.AbsolutePath == "/"
        && uri.HostNameType is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6 && uri.IdnHost.Length <= 253);

    private static bool IsValidText(string? encoded)
    {
        if (encoded is null || !encoded.AsSpan().ContainsAny('%', '\0'))
        {
            return true;
        }

        var bytes = Encoding.UTF8.GetBytes(encoded);
        return IsValidText(bytes, bytes.Length);
    }

    private static bool IsValidText(byte[] encoded, int length)
    {
        var bytes = WebUtility.UrlDecodeToBytes(encoded, 0, length);
        return bytes is null || (Utf8.IsValid(bytes) && !bytes.Contains((byte)0));
    }
}

/// <summary>The limit of request bodies for an endpoint.</summary>
/// <param name="bytes">Bytes, up to <see cref="RequestValidation.MaxBodySize"/>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class MaxBodySizeAttribute(long bytes) : Attribute
{
    /// <summary>Bytes.</summary>
    public long Bytes { get; } = bytes;
}
