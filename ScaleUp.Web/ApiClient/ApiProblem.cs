using System.Net;
using System.Text.Json;

namespace ScaleUp.Web.ApiClient;

/// <summary>An error of the API (RFC 9457), as pages show it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong, and what to do.</param>
/// <param name="Errors">Validation messages by the name of the form's field.</param>
public sealed record ApiProblem(int Status, string Detail, IReadOnlyDictionary<string, string[]> Errors)
{
    private static readonly Dictionary<string, string[]> s_none = [];

    /// <summary>
    /// No application server responded. The API may have executed the request; submitting the same form again does not repeat it.
    /// </summary>
    public static ApiProblem Unavailable { get; } = new(StatusCodes.Status503ServiceUnavailable,
        "Some of our servers are not responding. What you typed is still here: please submit it again in a few seconds. " +
        "It will be saved only once.",
        s_none);

    /// <summary>The visitor has no session, or the session has ended.</summary>
    public static ApiProblem SignedOut { get; } = new(StatusCodes.Status401Unauthorized,
        "Your session has ended. What you typed is still here: sign in in another tab, then submit it again.", s_none);

    /// <summary>The form was rendered for another session, or for none.</summary>
    public static ApiProblem Expired { get; } = new(StatusCodes.Status400BadRequest,
        "You have signed in or out since this form was shown. What you typed is still here: please submit it again.", s_none);

    /// <summary>When to retry, as in the header <c>Retry-After</c>; null if the API sent none.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>The form is invalid, so that the API was not called.</summary>
    public static ApiProblem Invalid(string detail) => new(StatusCodes.Status400BadRequest, detail, s_none);

    internal static async Task<ApiProblem> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // A wrong password is 401 too, but without a challenge.
        if (response.StatusCode == HttpStatusCode.Unauthorized && response.RequestMessage?.Headers.Authorization is not null
            && response.Headers.WwwAuthenticate.Count > 0)
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
                // The status alone describes the problem.
            }
        }

        return new(
            (int)response.StatusCode,
            body?.Detail ?? body?.Title ?? "Something went wrong on our side. Please try again in a moment.",
            body?.Errors ?? s_none)
        {
            RetryAfter = response.Headers.RetryAfter?.ToString(),
        };
    }

    private sealed record Body(string? Title, string? Detail, Dictionary<string, string[]>? Errors);
}

/// <summary>The result of a call: a value or an error.</summary>
/// <param name="Value">The API's response; null if there is a problem.</param>
/// <param name="Problem">The error; null if the call succeeded.</param>
public readonly record struct ApiResult<T>(T? Value, ApiProblem? Problem) where T : class;

/// <summary>A successful response without content (204).</summary>
public sealed record EmptyResponse
{
    internal static readonly EmptyResponse Instance = new();
}

/// <summary>No application server responded, after all retries on all endpoints, and the response is not cached.</summary>
public sealed class ApiUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
