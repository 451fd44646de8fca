using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ScaleUp.ServiceDefaults;

/// <summary>What every request must keep to, whatever it is for.</summary>
public static class RequestRules
{
    /// <summary>Bytes: an article of the greatest length, with every character written as an escape, and some room.</summary>
    private const long MaxBodySize = 1_000_000;

    /// <summary>Bytes that are read and thrown away, so that whoever sends them hears why, and not of a broken connection.</summary>
    private const long MaxRefusedSize = 16_000_000;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Prepares the server for <see cref="UseRequestRules"/>.</summary>
    public static void AddRequestRules(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxRefusedSize);
    }

    /// <summary>
    /// Refuses bodies of more than a million bytes by 413, and by 400 addresses that no text column can hold: with a NUL, or
    /// with bytes that are not UTF-8. Else they would be an error of the database, deep in some slice, or be stored as
    /// something that nobody has sent.
    /// </summary>
    /// <returns>Nothing; a refusal is a <see cref="BadHttpRequestException"/> for the error handler before this.</returns>
    public static void UseRequestRules(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // The page of an error has the address and the body of what was refused.
        if (context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            return next(context);
        }

        if (!IsClean(context.Request.Path.Value) || !IsClean(context.Request.QueryString.Value))
        {
            throw new BadHttpRequestException("The address has a NUL in it, or bytes that are not UTF-8.");
        }

        if (context.Request.ContentLength > MaxBodySize)
        {
            throw new BadHttpRequestException($"The body has more than {MaxBodySize} bytes.", StatusCodes.Status413PayloadTooLarge);
        }

        // One that doesn't say its length is stopped when it gets there.
        if (context.Request.ContentLength is null && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodySize;
        }

        return next(context);
    });

    private static bool IsClean(string? encoded)
    {
        if (encoded is null || !encoded.AsSpan().ContainsAny('%', '\0'))
        {
            return true;
        }

        try
        {
            return !s_strict.GetString(WebUtility.UrlDecodeToBytes(s_strict.GetBytes(encoded), 0, s_strict.GetByteCount(encoded))).Contains('\0', StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
