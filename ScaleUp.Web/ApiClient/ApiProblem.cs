using System.Net;
using System.Text.Json;

namespace ScaleUp.Web.ApiClient;

/// <summary>Why the application servers did not do what they were asked to (RFC 9457), in words for the visitor.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong, and what to do.</param>
/// <param name="Errors">What is wrong with each field of the form, by its name.</param>
public sealed record ApiProblem(int Status, string Detail, IReadOnlyDictionary<string, string[]> Errors)
{
    private static readonly Dictionary<string, string[]> s_none = [];

    /// <summary>No application server answered. What was asked may have been done: the same form, sent again, does it once.</summary>
    public static ApiProblem Unavailable { get; } = new(StatusCodes.Status503ServiceUnavailable,
        "Some of our servers do not answer. What you typed is still here: please send it again in a few seconds. It will not be stored twice.", s_none);

    /// <summary>The visitor has no session, or it has ended.</summary>
    public static ApiProblem SignedOut { get; } = new(StatusCodes.Status401Unauthorized,
        "Your session has ended. What you typed is still here: sign in in another tab, then send it again.", s_none);

    /// <summary>The form was made for another session, or for none.</summary>
    public static ApiProblem Expired { get; } = new(StatusCodes.Status400BadRequest,
        "You have signed in or out since this form was shown. What you typed is still here: please send it again.", s_none);

    /// <summary>When to try again, as in the header <c>Retry-After</c>; null if it does not matter.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>The form was wrong before the application servers were asked.</summary>
    public static ApiProblem Invalid(string detail) => new(StatusCodes.Status400BadRequest, detail, s_none);

    internal static async Task<ApiProblem> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // A wrong password is 401 too, and has no challenge.
        if (response.StatusCode == HttpStatusCode.Unauthorized && response.RequestMessage?.Headers.Authorization is not null && response.Headers.WwwAuthenticate.Count > 0)
        {
            return SignedOut;
        }

        Body? body = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            try
            {
                body = await response.Content.ReadFromJsonAsync<Body>(cancellationToken);
            }
            catch (JsonException)
            {
                // What it is, is said by the status.
            }
        }

        return new((int)response.StatusCode, body?.Detail ?? body?.Title ?? "The fault is ours. Please try again in a moment.", body?.Errors ?? s_none)
        {
            RetryAfter = response.Headers.RetryAfter?.ToString(),
        };
    }

    private sealed record Body(string? Title, string? Detail, Dictionary<string, string[]>? Errors);
}

/// <summary>What came of a write: a value, or why there is none.</summary>
/// <param name="Value">What the application servers answered; null if there is a problem.</param>
/// <param name="Problem">Why it was not done; null if it was.</param>
public readonly record struct ApiResult<T>(T? Value, ApiProblem? Problem) where T : class;

/// <summary>The answer to a write that has nothing to tell but that it was done.</summary>
public sealed record EmptyResponse
{
    internal static readonly EmptyResponse Instance = new();
}

/// <summary>After all attempts at all endpoints no application server gave an answer, and there is no copy of an earlier one.</summary>
public sealed class ApiUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
