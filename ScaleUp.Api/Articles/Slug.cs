using System.Text.RegularExpressions;

namespace ScaleUp.Api.Articles;

/// <summary>The readable last part of an article's address.</summary>
internal static partial class Slug
{
    public const int MaxLength = 100;

    /// <summary>Lower-case letters, digits and single hyphens between them, <see cref="MaxLength"/> characters at most.</summary>
    public static bool IsValid(string slug) => slug.Length <= MaxLength && Form().IsMatch(slug);

    [GeneratedRegex(@"\A[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Form();
}
