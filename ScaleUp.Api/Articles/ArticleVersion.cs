using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace ScaleUp.Api.Articles;

/// <summary>The version of an article in the headers of HTTP: what was read (ETag), what is known already, what is to be changed.</summary>
internal static class ArticleVersion
{
    /// <summary>Tells which version the answer has in it.</summary>
    public static void SetVersion(this HttpResponse response, int version) => response.Headers.ETag = ToTag(version).ToString();

    /// <summary>Whether the client has this version already.</summary>
    public static bool Knows(this HttpRequest request, int version) =>
        request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(ToTag(version), useStrongComparison: false));

    /// <summary>
    /// Whether the client means to change this version: null if it does; else 412 with the version that there is now, or 428 if
    /// the client doesn't say, since then it could overwrite what it has never seen.
    /// </summary>
    public static ProblemHttpResult? CheckMatch(this HttpRequest request, int version)
    {
        var tags = request.GetTypedHeaders().IfMatch;
        return tags.Count == 0
            ? TypedResults.Problem("Say by If-Match which version of the article you mean to change.", statusCode: StatusCodes.Status428PreconditionRequired)
            : tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(ToTag(version), useStrongComparison: true)) ? null : Stale(version);
    }

    /// <summary>Somebody was quicker.</summary>
    public static ProblemHttpResult Stale(int version) => TypedResults.Problem(
        "The article was changed since you have read it. Nothing was overwritten.",
        statusCode: StatusCodes.Status412PreconditionFailed,
        extensions: new Dictionary<string, object?> { ["version"] = version });

    private static EntityTagHeaderValue ToTag(int version) => new(string.Create(CultureInfo.InvariantCulture, $"\"{version}\""));
}
