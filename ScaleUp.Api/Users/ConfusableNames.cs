using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Users;

/// <summary>
/// Detects names that look like another user's name. The database function <c>name_look</c> computes the skeleton of a name
/// (https://unicode.org/reports/tr39, for letters that resemble Latin ones): 'Аdmіn' in Cyrillic and 'adm1n' look like 'admin'.
/// </summary>
internal static class ConfusableNames
{
    /// <summary>Id of the advisory lock; unique among the locks of this database.</summary>
    private const int LockKey = 0x100C;

    /// <summary>
    /// Locks names that look like these until the end of the transaction, so that no other transaction takes one. It acquires the locks in
    /// a fixed order to avoid deadlocks.
    /// </summary>
    public static Task LockNamesAsync(this ScaleUpDbContext database, string[] names, CancellationToken cancellationToken) =>
        database.Database.ExecuteSqlAsync(
            $"""
            SELECT pg_advisory_xact_lock({LockKey}, look)
            FROM (SELECT DISTINCT hashtext(name_look(name)) AS look FROM unnest({names}) AS name ORDER BY look OFFSET 0) AS looks
            """,
            cancellationToken);

    /// <summary>Whether another user has a user name or display name that looks like this one.</summary>
    /// <param name="database">The context, in a transaction that has locked the name (<see cref="LockNamesAsync"/>).</param>
    /// <param name="name">The new name.</param>
    /// <param name="user">The id of the user who wants the name; the user's current names are ignored.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static Task<bool> IsConfusableWithAnotherAsync(
        this ScaleUpDbContext database, string name, Guid user, CancellationToken cancellationToken) =>
        database.Database.SqlQuery<bool>(
            $"""
            SELECT EXISTS (SELECT FROM users WHERE id <> {user} AND name_look({name}) <> ''
                AND (name_look(user_name) = name_look({name}) OR name_look(display_name) = name_look({name}))) AS "Value"
            """).SingleAsync(cancellationToken);
}
