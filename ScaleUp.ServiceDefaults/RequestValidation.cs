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

/// <summary>What every request must keep to, whatever it is for.</summary>
public static class RequestValidation
{
    /// <summary>Bytes: an article of the greatest length, with every character written as an escape, and some room.</summary>
    public const long MaxBodySize = 1_000_000;

    /// <summary>Prepares the server for <see cref="UseRequestValidation"/>.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="maxBodySize">The largest body in bytes, where an endpoint has no <see cref="MaxBodySizeAttribute"/>.</param>
    public static void AddRequestValidation(this WebApplicationBuilder builder, long maxBodySize = MaxBodySize)
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Services.AddSingleton(new BodySizes(maxBodySize));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxRefusedSize;
            // A load balancer waits for small bodies and for the beginning of large ones. What trickles in here after that would occupy a
            // place that others wait for.
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 2048, gracePeriod: TimeSpan.FromSeconds(15));
        });
    }

    /// <summary>
    /// Reads bodies into memory, and refuses those that are too large (413) or too slow (408), texts that are not UTF-8 (415), and by 400 a
    /// body with a method that has none, a Host that cannot be in an address, and addresses and forms that no text column can hold: with a
    /// NUL, or with bytes that are not UTF-8. Else they would be an error of this server, deep in some slice, or be stored as something
    /// that nobody has sent.
    /// </summary>
    /// <returns>Nothing; a refusal is a <see cref="BadHttpRequestException"/> for the error handler before this.</returns>
    public static void UseRequestValidation(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        if (context.Features.Get<IExceptionHandlerFeature>() is not null || context.Features.Get<IStatusCodeReExecuteFeature>() is not null)
        {
            // The page of an error has the head and the body of what was refused, and must not stumble over them again.
            request.Body = Stream.Null;
            request.Headers.Remove(HeaderNames.ContentType);
            request.Headers.Remove(HeaderNames.ContentLength);
            request.Host = IsHost(request.Host) ? request.Host : new HostString("localhost");
            await next(context);
            return;
        }

        CheckHead(context);
        var body = await RequestBody.ReadAsync(context);
        context.Response.RegisterForDispose(body);
        if (body.Length > 0 && HasNoBody(request.Method))
        {
            throw NoBody(request.Method);
        }

        if (request.HasFormContentType && !IsClean(body.GetBuffer(), (int)body.Length))
        {
            throw new BadHttpRequestException("The form has a NUL in it, or bytes that are not UTF-8.");
        }

        request.Body = body;
        await next(context);
    });

    private static void CheckHead(HttpContext context)
    {
        var request = context.Request;
        if (!IsClean(request.Path.Value) || !IsClean(request.QueryString.Value))
        {
            throw new BadHttpRequestException("The address has a NUL in it, or bytes that are not UTF-8.");
        }

        if (!IsHost(request.Host))
        {
            throw new BadHttpRequestException("The Host is not a name or an IP address with a port that exists.");
        }

        if (context.Features.Get<IHttpRequestFeature>()?.RawTarget is { } target && target.IndexOf("://", StringComparison.Ordinal) is > 0 and var start
            && target.AsSpan(start + 3) is var authority && authority[..(authority.IndexOfAny("/?#") is >= 0 and var end ? end : authority.Length)].Contains('@'))
        {
            throw new BadHttpRequestException("The address names a user.");
        }

        if (request.ContentLength > 0 && HasNoBody(request.Method))
        {
            throw NoBody(request.Method);
        }

        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset is { Length: > 0 } charset
            && !HeaderUtilities.RemoveQuotes(charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw new BadHttpRequestException($"The text is said to be {charset}, but must be UTF-8.", StatusCodes.Status415UnsupportedMediaType);
        }
    }

    // They ask for something by its address alone: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.1. A field in the body could stand
    // in for a part of the address, and the page be kept for everybody who comes by this address.
    private static bool HasNoBody(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsDelete(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    private static BadHttpRequestException NoBody(string method) => new($"A {method} has no body.");

    private static bool IsHost(HostString host) => !host.HasValue || (host.Value!.Length <= 260
        && Uri.TryCreate($"http://{host.Value}/", UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && uri.AbsolutePath == "/"
        && uri.HostNameType is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6 && uri.IdnHost.Length <= 253);

    private static bool IsClean(string? encoded)
    {
        if (encoded is null || !encoded.AsSpan().ContainsAny('%', '\0'))
        {
            return true;
        }

        var bytes = Encoding.UTF8.GetBytes(encoded);
        return IsClean(bytes, bytes.Length);
    }

    private static bool IsClean(byte[] encoded, int length)
    {
        var bytes = WebUtility.UrlDecodeToBytes(encoded, 0, length);
        return bytes is null || (Utf8.IsValid(bytes) && !bytes.Contains((byte)0));
    }
}

/// <summary>The largest body of a request for this endpoint.</summary>
/// <param name="bytes">Bytes, up to <see cref="RequestValidation.MaxBodySize"/>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class MaxBodySizeAttribute(long bytes) : Attribute
{
    /// <summary>Bytes.</summary>
    public long Bytes { get; } = bytes;
}
