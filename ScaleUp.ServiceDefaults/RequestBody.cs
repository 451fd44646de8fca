using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace ScaleUp.ServiceDefaults;

/// <summary>The default limit of request bodies in bytes, for endpoints without a <see cref="MaxBodySizeAttribute"/>.</summary>
internal sealed record DefaultMaxBodySize(long Bytes);

/// <summary>Reads request bodies into memory.</summary>
internal static class RequestBody
{
    /// <summary>Bytes of an oversized body to read and discard, so that clients receive 413 instead of a connection reset.</summary>
    public const long MaxRejectedSize = 16_000_000;

    /// <summary>Time limit for the whole body, whatever its data rate.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    /// <exception cref="BadHttpRequestException">The body is too large (413), too slow (408) or malformed (400).</exception>
    public static async Task<MemoryStream> ReadAsync(HttpContext context)
    {
        var body = new MemoryStream();
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return body;
        }

        var maxBytes = context.GetEndpoint()?.Metadata.GetMetadata<MaxBodySizeAttribute>()?.Bytes
            ?? context.RequestServices.GetService<DefaultMaxBodySize>()?.Bytes ?? RequestValidation.MaxBodySize;
        if (context.Request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(s_timeout);
        try
        {
            return await CopyAsync(context.Request.Body, body, maxBytes, timeout.Token) ? body : throw TooLarge(maxBytes);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException(
                $"The body did not arrive within {s_timeout.TotalSeconds:0} s.", StatusCodes.Status408RequestTimeout);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            // The chunked encoding is invalid, or the client has disconnected.
            throw new BadHttpRequestException("The body is malformed or incomplete.", exception);
        }
    }

    // Reads to the end even if the body is too large; see MaxRejectedSize.
    private static async Task<bool> CopyAsync(Stream from, MemoryStream body, long maxBytes, CancellationToken cancellationToken)
    {
        var isTooLarge = false;
        var buffer = new byte[16 * 1024];
        for (int count; (count = await from.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            isTooLarge |= body.Length + count > maxBytes;
            if (!isTooLarge)
            {
                body.Write(buffer, 0, count);
            }
        }

        body.Position = 0;
        return !isTooLarge;
    }

    private static BadHttpRequestException TooLarge(long maxBytes) =>
        new($"The body exceeds {maxBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
}
