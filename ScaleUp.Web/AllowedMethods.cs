using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;

namespace ScaleUp.Web;

/// <summary>
/// A page is used with the methods that it has handlers for. With any other, ASP.NET Core would show it without having read anything.
/// </summary>
internal static class AllowedMethods
{
    /// <summary>Answers other methods by 405, before forms are checked.</summary>
    public static void UseAllowedMethods(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CompiledPageActionDescriptor>()?.HandlerMethods is not { } handlers)
        {
            return next(context);
        }

        if (handlers.Count == 0)
        {
            // The page of an error, which is for any method. ASP.NET Core would answer OPTIONS by itself, with 200.
            context.Request.Method = HttpMethods.IsOptions(context.Request.Method) ? HttpMethods.Get : context.Request.Method;
            return next(context);
        }

        var methods = MethodsOf(handlers);
        if (methods.Contains(context.Request.Method))
        {
            return next(context);
        }

        context.Response.Headers.Allow = string.Join(", ", methods);
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return Task.CompletedTask;
    });

    // ASP.NET Core has HEAD handled as GET.
    private static string[] MethodsOf(IEnumerable<HandlerMethodDescriptor> handlers) =>
        [.. handlers.Select(handler => handler.HttpMethod.ToUpperInvariant()).SelectMany(method => HttpMethods.IsGet(method) ? [method, HttpMethods.Head] : new[] { method }).Distinct().Order()];
}
