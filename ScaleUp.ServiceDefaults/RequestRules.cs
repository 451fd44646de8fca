using System.Net;
using System.Text;
using System.Text.Unicode;
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

    /// <summary>Prepares the server for <see cref="UseRequestRules"/>.</summary>
    public static void AddRequestRules(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxRefusedSize);
    }

    /// <summary>
    /// Reads bodies into memory, and refuses those of more than a million bytes by 413; by 400 addresses and forms that no text
    /// column can hold: with a NUL, or with bytes that are not UTF-8. Else they would be an error of the database, deep in some
    /// slice, or be stored as something that nobody has sent.
    /// </summary>
    /// <returns>Nothing; a refusal is a <see cref="BadHttpRequestException"/> for the error handler before this.</returns>
    public static void UseRequestRules(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        // The page of an error has the address and the body of what was refused.
        if (context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            await next(context);
            return;
        }

        if (!IsClean(context.Request.Path.Value) || !IsClean(context.Request.QueryString.Value))
        {
            throw new BadHttpRequestException("The address has a NUL in it, or bytes that are not UTF-8.");
        }

        var body = await ReadBodyAsync(context.Request, context.RequestAborted);
        context.Response.RegisterForDispose(body);
        if (context.Request.HasFormContentType && !IsClean(body.GetBuffer(), (int)body.Length))
        {
            throw new BadHttpRequestException("The form has a NUL in it, or bytes that are not UTF-8.");
        }

        context.Request.Body = body;
        await next(context);
    });

    private static async Task<MemoryStream> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return body;
        }

        var isTooLarge = request.ContentLength > MaxBodySize;
        if (!isTooLarge)
        {
            var buffer = new byte[16 * 1024];
            for (int count; (count = await request.Body.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                // What is too much is read, but not kept.
                isTooLarge |= body.Length + count > MaxBodySize;
                if (!isTooLarge)
                {
                    body.Write(buffer, 0, count);
                }
            }
        }

        body.Position = 0;
        return isTooLarge ? throw new BadHttpRequestException($"The body has more than {MaxBodySize} bytes.", StatusCodes.Status413PayloadTooLarge) : body;
    }

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
