namespace ScaleUp.Api.Errors;

/// <summary>Every error leaves as problem details (RFC 9457), whoever raised it: a slice, routing, binding or the database.</summary>
internal static class ProblemDetailsExtensions
{
    public static void AddProblemDetails(this WebApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            context.ProblemDetails.Instance ??= context.HttpContext.Request.Path;
            context.ProblemDetails.Detail ??= context.ProblemDetails.Status switch
            {
                StatusCodes.Status401Unauthorized => "Sign in, and send the token of the session as 'Authorization: Bearer'. A session that was used before has expired or was ended.",
                StatusCodes.Status403Forbidden => "Only administrators may do this.",
                _ => null,
            };
        });
        builder.Services.AddExceptionHandler<DatabaseUnavailableHandler>();
        builder.Services.AddExceptionHandler<BadRequestHandler>();
    }

    public static void UseProblemDetails(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }
}
