using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ScaleUp.Web;

/// <summary>
/// A page is used with the methods that it has handlers for. With any other, ASP.NET Core would show it without having read anything.
/// </summary>
internal static class PageMethods
{
    /// <summary>Answers other methods by 405, before forms are checked.</summary>
    public static void UsePageMethods(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CompiledPageActionDescriptor>()?.HandlerMethods is { Count: > 0 } handlers)
        {
            string[] methods = [.. handlers.Select(handler => handler.HttpMethod.ToUpperInvariant()).Distinct().SelectMany(method => HttpMethods.IsGet(method) ? [method, HttpMethods.Head] : new[] { method })];
            if (!methods.Contains(context.Request.Method))
            {
                context.Response.Headers.Allow = string.Join(", ", methods);
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                return Task.CompletedTask;
            }
        }

        return next(context);
    });
}
