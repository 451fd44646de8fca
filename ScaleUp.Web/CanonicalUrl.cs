namespace ScaleUp.Web;

/// <summary>The one address of this site and of its pages, for those who keep it: feed readers and search engines.</summary>
internal static class CanonicalUrl
{
    /// <summary>The setting <c>Site:Address</c>, or else what the client calls the site.</summary>
    public static Uri Of(HttpRequest request) =>
        Uri.TryCreate(request.HttpContext.RequestServices.GetRequiredService<IConfiguration>()["Site:Address"], UriKind.Absolute, out var address)
            ? address
            : new Uri($"{request.Scheme}://{request.Host}{request.PathBase}/");

    /// <summary>The address under which a page is to be found; null for what is no page.</summary>
    public static string? Canonical(HttpContext context) => context.Response.StatusCode == StatusCodes.Status200OK && HttpMethods.IsGet(context.Request.Method)
        ? new Uri(Of(context.Request), context.Request.Path.ToUriComponent()) + QueryString.Create(context.Request.Query.Where(q => q.Key is "after" or "comments" or "q")).ToUriComponent()
        : null;

    /// <summary>Leads from other spellings of an address to the one that pages link to: <c>/TAGS</c>, <c>/tags/</c> and <c>/index</c>.</summary>
    public static void UseCanonicalUrls(this WebApplication app) => app.Use((context, next) =>
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
            || context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is not null
            || request.Path.Value is not { } path || Spell(path) is var spelled && spelled == path)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        context.Response.Headers.Location = request.PathBase.ToUriComponent() + new PathString(spelled).ToUriComponent() + request.QueryString.ToUriComponent();
        return Task.CompletedTask;
    });

    private static string Spell(string path)
    {
        // The names of users are shown as they were chosen.
        var name = path.StartsWith("/authors/", StringComparison.OrdinalIgnoreCase) ? "/authors/".Length : path.Length;
        var spelled = '/' + (path[..name].ToLowerInvariant() + path[name..]).Trim('/');
        return spelled == "/index" ? "/" : spelled;
    }
}
