using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;

namespace ScaleUp.Api.Search;

/// <summary>Database functions for queries, which migrations create.</summary>
internal static class SearchFunctions
{
    /// <summary>The text of an article that substring search uses; equal to the expression of the trigram index.</summary>
    public static string SubstringText(string title, string summary, string plainText) => throw new NotSupportedException();

    /// <summary>
    /// <c>ts_headline</c> of the first 10,000 characters that have a match, searching up to 30,000. For long texts with common words
    /// PostgreSQL would need 0.5 s (measured with 100,000 characters).
    /// </summary>
    public static string Headline(string plainText, NpgsqlTsQuery query, string options) => throw new NotSupportedException();

    public static void Map(ModelBuilder model)
    {
        model.HasDbFunction(typeof(SearchFunctions).GetMethod(nameof(SubstringText))!).HasName("search_parts");
        model.HasDbFunction(typeof(SearchFunctions).GetMethod(nameof(Headline))!).HasName("search_headline");
    }
}
