using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;

namespace ScaleUp.Api.Search;

/// <summary>Functions that migrations create in the database, for queries.</summary>
internal static class SearchFunctions
{
    /// <summary>All of an article that is searched for parts of words, as the index of trigrams has it.</summary>
    public static string Parts(string title, string summary, string plainText) => throw new NotSupportedException();

    /// <summary>
    /// <c>ts_headline</c> of the first 10,000 characters in which something is found, up to 30,000. Of a longer text, in which common
    /// words are found, PostgreSQL would need 0.5 s (measured with 100,000 characters).
    /// </summary>
    public static string Headline(string plainText, NpgsqlTsQuery query, string options) => throw new NotSupportedException();

    public static void Map(ModelBuilder model)
    {
        model.HasDbFunction(typeof(SearchFunctions).GetMethod(nameof(Parts))!).HasName("search_parts");
        model.HasDbFunction(typeof(SearchFunctions).GetMethod(nameof(Headline))!).HasName("search_headline");
    }
}
