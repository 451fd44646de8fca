using Microsoft.AspNetCore.Http.HttpResults;

namespace ScaleUp.Api.Errors;

/// <summary>Creates the problem details that several endpoints return.</summary>
internal static class Problems
{
    public static ProblemHttpResult NotFound(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);

    public static ProblemHttpResult Forbidden(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden);

    public static ProblemHttpResult Conflict(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict);

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
