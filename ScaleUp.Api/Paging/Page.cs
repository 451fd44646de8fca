namespace ScaleUp.Api.Paging;

/// <summary>One page of a list.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="Next">The cursor of the following page; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>All of a list that is short by nature.</summary>
/// <param name="Items">What is in it.</param>
public sealed record ItemList<T>(IReadOnlyList<T> Items);

/// <summary>What every list has in common.</summary>
internal static class PageRequest
{
    public const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    /// <summary>Reads the two parameters of a list.</summary>
    /// <returns>The errors of each by its name; none if they are right.</returns>
    public static Dictionary<string, string[]> Read(int limit, string? cursor, out PageCursor? after, string cursorName = "cursor")
    {
        after = null;
        var errors = new Dictionary<string, string[]>();
        if (limit is < 1 or > MaxLimit)
        {
            errors["limit"] = [$"{limit} is not between 1 and {MaxLimit}."];
        }

        if (cursor is not null)
        {
            if (PageCursor.TryParse(cursor, out var parsed))
            {
                after = parsed;
            }
            else
            {
                errors[cursorName] = ["This is not a cursor that an earlier page gave as its 'next'."];
            }
        }

        return errors;
    }

    /// <summary>Makes a page of rows, one more than asked for if there is a next page.</summary>
    public static Page<T> ToPage<TRow, T>(this List<TRow> rows, int limit, Func<TRow, T> item, Func<TRow, PageCursor> place) =>
        new([.. rows.Take(limit).Select(item)], rows.Count > limit ? place(rows[limit - 1]).ToString() : null);
}
