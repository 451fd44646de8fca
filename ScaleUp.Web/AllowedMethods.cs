using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;

namespace ScaleUp.Web;

/// <summary>
/// Restricts each page to the HTTP methods that it has handlers for. ASP.NET Core renders the page for any other method, without
/// running a handler.
/// </summary>
internal static class AllowedMethods
{
    /// <summary>Responds to other methods with 405, before the antiforgery token is validated.</summary>
    public static void UseAllowedMethods(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CompiledPageActionDescriptor>()?.HandlerMethods is not { } handlers)
        {
            return next(context);
        }

        if (handlers.Count == 0)
        {
            // The error page is for any method, but ASP.NET Core would respond to OPTIONS with an empty 200.
            context.Request.Method = HttpMethods.IsOptions(context.Request.Method) ? HttpMethods.Get : context.Request.Method;
            return next(context);
        }

        var methods = GetMethods(handlers);
        if (methods.Contains(context.Request.Method))
        {
            return next(context);
        }

        context.Response.Headers.Allow = string.Join(", ", methods);
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return Task.CompletedTask;
    });

    // ASP.NET Core handles HEAD with the GET handler.
    private static string[] GetMethods(IEnumerable<HandlerMethodDescriptor> handlers) =>
        [.. handlers.Select(handler => handler.HttpMethod.ToUpperInvariant())
            .SelectMany(method => HttpMethods.IsGet(method) ? [method, HttpMethods.Head] : new[] { method })
            .Distinct()
            .Order()];
}
