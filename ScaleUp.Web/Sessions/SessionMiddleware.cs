using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.Web.Api;

namespace ScaleUp.Web.Sessions;

/// <summary>Finds out who sends a request for a page, from the cookie and the application servers.</summary>
internal sealed class SessionMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context, Visitor visitor, SessionsClient sessions)
    {
        // A page that failed is followed by that of the error; who asks is known by then.
        if (visitor.Token is null && context.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is not null && context.Request.ReadSession() is { } token)
        {
            visitor.Token = token;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            patience.CancelAfter(ApiCopies.Patience);
            try
            {
                visitor.Account = await sessions.FindAccountAsync(patience.Token);
                if (visitor.Account is null)
                {
                    visitor.Token = null;
                    context.Response.ClearSession();
                }
            }
            catch (Exception exception) when (exception is ApiUnavailableException or OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
            {
                // Pages for everybody are shown all the same, and what only a user may do is refused by whoever is away now.
            }
        }

        await next(context);
    }
}

internal static class SessionExtensions
{
    public static void AddSessions(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<Visitor>();
        builder.Services.AddScoped<SessionsClient>();
    }

    public static void UseSessions(this WebApplication app) => app.UseMiddleware<SessionMiddleware>();
}
