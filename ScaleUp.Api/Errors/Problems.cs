using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ScaleUp.Api.Errors;

/// <summary>Creates the problem details that several endpoints return.</summary>
internal static class Problems
{
    public static ProblemHttpResult NotFound(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);

    public static ProblemHttpResult Forbidden(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden);

    public static ProblemHttpResult Conflict(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict);

    /// <summary>503 as an object, for code that does not return a result.</summary>
    public static ProblemDetails Unavailable(string title, string detail) => new()
    {
        Type = "https://tools.ietf.org/html/rfc9110#section-15.6.4",
        Title = title,
        Detail = detail,
        Status = StatusCodes.Status503ServiceUnavailable,
    };

    /// <summary>Problem details as JSON, for code that can't use <see cref="IProblemDetailsService"/>.</summary>
    public static byte[] ToJson(this ProblemDetails problem) => JsonSerializer.SerializeToUtf8Bytes(problem, JsonSerializerOptions.Web);

    /// <summary>409 for one field of the request.</summary>
    public static ProblemHttpResult Conflict(string field, string message) => WithField(StatusCodes.Status409Conflict, field, message);

    /// <summary>400 for one field of the request, found after validation by attributes.</summary>
    public static ProblemHttpResult Invalid(string field, string message) => WithField(StatusCodes.Status400BadRequest, field, message);

    private static ProblemHttpResult WithField(int status, string field, string message) =>
        TypedResults.Problem(new HttpValidationProblemDetails(new Dictionary<string, string[]> { [field] = [message] })
        {
            Status = status,
            Detail = message,
        });
}
