using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace ScaleUp.Api.Errors;

/// <summary>Reports every error of endpoints, routing, binding and the database as problem details (RFC 9457).</summary>
internal static class ProblemDetailsExtensions
{
    public static void AddProblemDetails(this WebApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            NameFields(context.ProblemDetails);
            context.ProblemDetails.Instance ??= context.HttpContext.Request.Path;
            context.ProblemDetails.Detail ??= context.ProblemDetails.Status switch
            {
                StatusCodes.Status401Unauthorized => "The session is missing, has expired or was ended. "
                    + "Sign in and send the session's token as 'Authorization: Bearer'.",
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

    // Errors name fields as in JSON; header names (with a hyphen) stay as they are.
    private static void NameFields(ProblemDetails problem)
    {
        if (problem is HttpValidationProblemDetails validation)
        {
            validation.Errors = validation.Errors.ToDictionary(
                e => e.Key.Contains('-', StringComparison.Ordinal) ? e.Key : JsonNamingPolicy.CamelCase.ConvertName(e.Key), e => e.Value);
        }
    }
}
