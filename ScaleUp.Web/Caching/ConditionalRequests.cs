using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;

namespace ScaleUp.Web.Caching;

/// <summary>
/// Adds an ETag to public pages, and responds with 304 if the client already has the page. The ETag is weak: it covers everything except
/// the names of the servers in the footer, so that it is the same on every web server.
/// </summary>
internal sealed class ConditionalRequests(RequestDelegate next)
{
    private static readonly byte[] s_footerStart = Encoding.UTF8.GetBytes("<p id=\"served-by\">");
    private static readonly byte[] s_footerEnd = Encoding.UTF8.GetBytes("</p>");

    public async Task InvokeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var isCacheable = context.GetEndpoint()?.Metadata.Any(m => m is OutputCacheAttribute or IOutputCachePolicy) is true;
        if (!isCacheable || (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)))
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
        // Pages for a single visitor have no ETag.
        if (response.StatusCode == StatusCodes.Status200OK && response.Headers.SetCookie.Count == 0
            && !response.Headers.CacheControl.ToString().Contains("no-store", StringComparison.Ordinal))
        {
            var etag = new EntityTagHeaderValue($"\"{Hash(body.Span)}\"", isWeak: true);
            response.Headers.ETag = etag.ToString();
            if (IsNotModified(request.GetTypedHeaders(), etag, response.GetTypedHeaders().LastModified))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                response.ContentLength = null;
                return;
            }
        }

        // Writing nothing keeps the response unstarted, so that the error page can still be rendered.
        if (body.Length > 0)
        {
            await stream.WriteAsync(body, context.RequestAborted);
        }
    }

    // If-Modified-Since applies only without If-None-Match (RFC 9110, 13.2.2).
    private static bool IsNotModified(RequestHeaders request, EntityTagHeaderValue etag, DateTimeOffset? lastModified) =>
        request.IfNoneMatch is { Count: > 0 } etags
            ? etags.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(etag, useStrongComparison: false))
            : request.IfModifiedSince is { } since && lastModified is { } time && time <= since;

    private static string Hash(ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var start = body.IndexOf(s_footerStart);
        var length = start < 0 ? -1 : body[start..].IndexOf(s_footerEnd);
        if (length < 0)
        {
            hash.AppendData(body);
        }
        else
        {
            hash.AppendData(body[..start]);
            hash.AppendData(body[(start + length)..]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()[..16]);
    }
}
