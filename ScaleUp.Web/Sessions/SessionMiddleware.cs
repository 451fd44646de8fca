using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Sessions;

/// <summary>Authenticates requests for pages by the session cookie and the API.</summary>
internal sealed class SessionMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context, Visitor visitor, SessionsClient sessions, ServedBy servedBy)
    {
        // An error page is rendered by the same request, after authentication.
        if (visitor.Token is null
            && context.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is not null
            && context.Request.ReadSession() is { } token)
        {
            visitor.Token = token;
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            timeout.CancelAfter(StaleResponseCache.SoftTimeout);
            try
            {
                visitor.Account = await sessions.FindAccountAsync(timeout.Token);
            }
            catch (Exception exception) when (exception is ApiUnavailableException or OperationCanceledException
                && !context.RequestAborted.IsCancellationRequested)
            {
                // Public pages are still shown from the cache; everything else calls the API and fails with 503.
                servedBy.IsApiUnavailable = true;
            }

            if (visitor.IsUnknown && !servedBy.IsApiUnavailable)
            {
                visitor.Token = null;
                context.Response.ClearSession();
            }
            else
            {
                context.User = CreatePrincipal(token);
            }
        }

        await next(context);
    }

    // Antiforgery tokens are bound to the principal, so that a form of another session is rejected.
    private static ClaimsPrincipal CreatePrincipal(string token) =>
        new(new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(token))))], "session"));
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
