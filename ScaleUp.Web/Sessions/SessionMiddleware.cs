using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Sessions;

/// <summary>Finds out who sends a request for a page, from the cookie and the application servers.</summary>
internal sealed class SessionMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context, Visitor visitor, SessionsClient sessions, ServedBy servedBy)
    {
        // A page that failed is followed by that of the error; who asks is known by then.
        if (visitor.Token is null && context.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is not null && context.Request.ReadSession() is { } token)
        {
            visitor.Token = token;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            patience.CancelAfter(StaleResponseCache.SoftTimeout);
            try
            {
                visitor.Account = await sessions.FindAccountAsync(patience.Token);
            }
            catch (Exception exception) when (exception is ApiUnavailableException or OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
            {
                servedBy.IsApiUnavailable = true;
                // Pages for everybody are shown all the same, and what only a user may do is refused by whoever is away now.
            }

            if (visitor.IsUnknown && !servedBy.IsApiUnavailable)
            {
                visitor.Token = null;
                context.Response.ClearSession();
            }
            else
            {
                context.User = PrincipalOf(token);
            }
        }

        await next(context);
    }

    // Forms are bound to it: a token that was made for another session, or for none, is refused.
    private static ClaimsPrincipal PrincipalOf(string token) =>
        new(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(token))))], "session"));
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
