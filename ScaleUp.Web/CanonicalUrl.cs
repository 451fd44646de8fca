using Microsoft.AspNetCore.StaticAssets;

namespace ScaleUp.Web;

/// <summary>The canonical URLs of the site and its pages, for feed readers and search engines.</summary>
internal static class CanonicalUrl
{
    /// <summary>The site's URL: the setting <c>Site:Address</c>, or the scheme and host of the request.</summary>
    public static Uri Of(HttpRequest request)
    {
        var configuration = request.HttpContext.RequestServices.GetRequiredService<IConfiguration>();
        return Uri.TryCreate(configuration["Site:Address"], UriKind.Absolute, out var address)
            ? address
            : new Uri($"{request.Scheme}://{request.Host}{request.PathBase}/");
    }

    /// <summary>The canonical URL of the current page; null unless the response is a page with status 200.</summary>
    public static string? Canonical(HttpContext context)
    {
        if (context.Response.StatusCode != StatusCodes.Status200OK || !HttpMethods.IsGet(context.Request.Method))
        {
            return null;
        }

        var query = QueryString.Create(context.Request.Query.Where(q => q.Key is "after" or "comments" or "q"));
        return new Uri(Of(context.Request), context.Request.Path.ToUriComponent()) + query.ToUriComponent();
    }

    /// <summary>Redirects other spellings of a path to the one that pages link to: <c>/TAGS</c>, <c>/tags/</c> and <c>/index</c>.</summary>
    public static void UseCanonicalUrls(this WebApplication app) => app.Use((context, next) =>
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
            || context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null
            || request.Path.Value is not { } path || Normalize(path) is var normalized && normalized == path)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        context.Response.Headers.Location =
            request.PathBase.ToUriComponent() + new PathString(normalized).ToUriComponent() + request.QueryString.ToUriComponent();
        return Task.CompletedTask;
    });

    private static string Normalize(string path)
    {
        // User names keep their upper-case letters.
        var name = path.StartsWith("/authors/", StringComparison.OrdinalIgnoreCase) ? "/authors/".Length : path.Length;
        var normalized = '/' + (path[..name].ToLowerInvariant() + path[name..]).Trim('/');
        return normalized == "/index" ? "/" : normalized;
    }
}
