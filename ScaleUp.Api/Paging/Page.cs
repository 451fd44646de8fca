namespace ScaleUp.Api.Paging;

/// <summary>One page of a list.</summary>
/// <param name="Items">The items of this page.</param>
/// <param name="Next">The cursor of the next page; null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A complete list, for lists that stay short.</summary>
/// <param name="Items">All items.</param>
public sealed record ItemList<T>(IReadOnlyList<T> Items);

/// <summary>Paging, common to all lists.</summary>
internal static class PageRequest
{
    public const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    /// <summary>Validates the paging parameters of a list.</summary>
    /// <returns>The errors by parameter name; empty if both are valid.</returns>
    public static Dictionary<string, string[]> Read(int limit, string? cursor, out PageCursor? after, string cursorName = "cursor")
    {
        after = null;
        var errors = new Dictionary<string, string[]>();
        if (limit is < 1 or > MaxLimit)
        {
            errors["limit"] = [$"The limit is {limit}; it must be between 1 and {MaxLimit}."];
        }

        if (cursor is not null)
        {
            if (PageCursor.TryParse(cursor, out var parsed))
            {
                after = parsed;
            }
            else
            {
                errors[cursorName] = ["The cursor is invalid; it must be the 'next' value of an earlier page."];
            }
        }

        return errors;
    }

    /// <summary>Creates a page from rows, of which there is one more than the limit if there is a next page.</summary>
    public static Page<T> ToPage<TRow, T>(this List<TRow> rows, int limit, Func<TRow, T> item, Func<TRow, PageCursor> cursor) =>
        new([.. rows.Take(limit).Select(item)], rows.Count > limit ? cursor(rows[limit - 1]).ToString() : null);
}
