using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace ScaleUp.ServiceDefaults;

/// <summary>The largest body of a request, where its endpoint has no limit of its own.</summary>
internal sealed record BodySizes(long Usual);

/// <summary>Reads the body of a request into memory.</summary>
internal static class RequestBody
{
    /// <summary>Bytes that are read and thrown away, so that whoever sends them hears why, and not of a broken connection.</summary>
    public const long MaxRefusedSize = 16_000_000;

    /// <summary>What a body may take as a whole, at whatever rate.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <exception cref="BadHttpRequestException">It is too large, too slow, or not as it should be.</exception>
    public static async Task<MemoryStream> ReadAsync(HttpContext context)
    {
        var body = new MemoryStream();
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return body;
        }

        var most = context.GetEndpoint()?.Metadata.GetMetadata<MaxBodySizeAttribute>()?.Bytes
            ?? context.RequestServices.GetService<BodySizes>()?.Usual ?? RequestValidation.MaxBodySize;
        if (context.Request.ContentLength > most)
        {
            throw TooLarge(most);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(s_limit);
        try
        {
            // What is too much is read, but not kept.
            return await CopyAsync(context.Request.Body, body, most, limit.Token) ? body : throw TooLarge(most);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The body took too long.", StatusCodes.Status408RequestTimeout);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            // A chunk of a size that is none, or a client that has left.
            throw new BadHttpRequestException("The body is not valid, or ends too early.", exception);
        }
    }

    private static async Task<bool> CopyAsync(Stream from, MemoryStream body, long most, CancellationToken cancellationToken)
    {
        var isTooLarge = false;
        var buffer = new byte[16 * 1024];
        for (int count; (count = await from.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            isTooLarge |= body.Length + count > most;
            if (!isTooLarge)
            {
                body.Write(buffer, 0, count);
            }
        }

        body.Position = 0;
        return !isTooLarge;
    }

    private static BadHttpRequestException TooLarge(long most) => new($"The body has more than {most} bytes.", StatusCodes.Status413PayloadTooLarge);
}
