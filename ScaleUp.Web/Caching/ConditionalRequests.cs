using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;

namespace ScaleUp.Web.Caching;

/// <summary>
/// Gives pages for everybody an ETag, and answers 304 to who has them already. It is a weak one, of all but the names of the servers
/// that made the page, so that it is the same at every web server.
/// </summary>
internal sealed class ConditionalRequests(RequestDelegate next)
{
    private static readonly byte[] s_begin = Encoding.UTF8.GetBytes("<p id=\"served-by\">");
    private static readonly byte[] s_end = Encoding.UTF8.GetBytes("</p>");

    public async Task InvokeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var isKept = context.GetEndpoint()?.Metadata.Any(m => m is OutputCacheAttribute or IOutputCachePolicy) is true;
        if (!isKept || (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)))
        {
            await next(context);
            return;
        }

        var stream = response.Body;
        using var buffer = new MemoryStream();
        response.Body = buffer;
        try
        {
            await next(context);
            await response.BodyWriter.FlushAsync();
        }
        finally
        {
            response.Body = stream;
        }

        var body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        // What a visitor gets alone is kept nowhere.
        if (response.StatusCode == StatusCodes.Status200OK && response.Headers.SetCookie.Count == 0
            && !response.Headers.CacheControl.ToString().Contains("no-store", StringComparison.Ordinal))
        {
            var tag = new EntityTagHeaderValue($"\"{Hash(body.Span)}\"", isWeak: true);
            response.Headers.ETag = tag.ToString();
            if (IsKnown(request.GetTypedHeaders(), tag, response.GetTypedHeaders().LastModified))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                response.ContentLength = null;
                return;
            }
        }

        // An answer without a body has not started, and the page of its error can still be made.
        if (body.Length > 0)
        {
            await stream.WriteAsync(body, context.RequestAborted);
        }
    }

    // The tag decides, and the time only for who has no tag (RFC 9110, 13.2.2).
    private static bool IsKnown(Microsoft.AspNetCore.Http.Headers.RequestHeaders request, EntityTagHeaderValue tag, DateTimeOffset? modified) =>
        request.IfNoneMatch is { Count: > 0 } known
            ? known.Any(k => k.Equals(EntityTagHeaderValue.Any) || k.Compare(tag, useStrongComparison: false))
            : request.IfModifiedSince is { } since && modified is { } time && time <= since;

    private static string Hash(ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var begin = body.IndexOf(s_begin);
        var length = begin < 0 ? -1 : body[begin..].IndexOf(s_end);
        if (length < 0)
        {
            hash.AppendData(body);
        }
        else
        {
            hash.AppendData(body[..begin]);
            hash.AppendData(body[(begin + length)..]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()[..16]);
    }
}
