using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace ScaleUp.Api.Errors;

/// <summary>Every error leaves as problem details (RFC 9457), whoever raised it: a slice, routing, binding or the database.</summary>
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

    // Fields have the names that they have in JSON; a header keeps its own.
    private static void NameFields(ProblemDetails problem)
    {
        if (problem is HttpValidationProblemDetails validation)
        {
            validation.Errors = validation.Errors.ToDictionary(
                e => e.Key.Contains('-', StringComparison.Ordinal) ? e.Key : JsonNamingPolicy.CamelCase.ConvertName(e.Key), e => e.Value);
        }
    }
}
