using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace ScaleUp.Api.Articles;

/// <summary>An article's version in HTTP headers: <c>ETag</c>, <c>If-None-Match</c> and <c>If-Match</c>.</summary>
internal static class ArticleVersion
{
    /// <summary>Sets the ETag of the response.</summary>
    public static void SetVersion(this HttpResponse response, int version) => response.Headers.ETag = ToTag(version).ToString();

    /// <summary>Whether the client already has this version (<c>If-None-Match</c>).</summary>
    public static bool HasVersion(this HttpRequest request, int version) => request.GetTypedHeaders().IfNoneMatch
        .Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(ToTag(version), useStrongComparison: false));

    /// <summary>Checks <c>If-Match</c>, so that a client can't overwrite a version that it has not seen.</summary>
    /// <returns>Null if it names this version, else 412 with the current version; 428 without the header.</returns>
    public static ProblemHttpResult? CheckIfMatch(this HttpRequest request, int version)
    {
        var tags = request.GetTypedHeaders().IfMatch;
        return tags.Count == 0
            ? TypedResults.Problem(
                "The header If-Match is missing. Set it to the ETag of the article's version that you are changing.",
                statusCode: StatusCodes.Status428PreconditionRequired)
            : tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(ToTag(version), useStrongComparison: true)) ? null
            : Stale(version);
    }

    /// <summary>412: another request has changed the article in the meantime.</summary>
    public static ProblemHttpResult Stale(int version) => TypedResults.Problem(
        "The article has changed since you read it. Your change was not saved.",
        statusCode: StatusCodes.Status412PreconditionFailed,
        extensions: new Dictionary<string, object?> { ["version"] = version });

    private static EntityTagHeaderValue ToTag(int version) => new(string.Create(CultureInfo.InvariantCulture, $"\"{version}\""));
}
