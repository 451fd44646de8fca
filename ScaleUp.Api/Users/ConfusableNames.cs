using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Users;

/// <summary>
/// Names that look like another user's. What a name looks like is found by the database's function <c>name_look</c>
/// (https://unicode.org/reports/tr39, with the letters that are taken for Latin ones): 'Аdmіn' in Cyrillic and 'adm1n' look like 'admin'.
/// </summary>
internal static class ConfusableNames
{
    /// <summary>Any number that no other lock of this database has.</summary>
    private const int LockKey = 0x100C;

    /// <summary>
    /// Until the end of the transaction nobody else takes names that look like these. In the order of their locks: two who each want the other's
    /// second name first would wait for each other.
    /// </summary>
    public static Task LockNamesAsync(this ScaleUpDbContext database, string[] names, CancellationToken cancellationToken) =>
        database.Database.ExecuteSqlAsync(
            $"""
            SELECT pg_advisory_xact_lock({LockKey}, look)
            FROM (SELECT DISTINCT hashtext(name_look(name)) AS look FROM unnest({names}) AS name ORDER BY look OFFSET 0) AS looks
            """,
            cancellationToken);

    /// <summary>Whether another user has a user name or display name that looks like this one.</summary>
    /// <param name="database">In a transaction that has the name (<see cref="LockNamesAsync"/>).</param>
    /// <param name="name">The new name.</param>
    /// <param name="user">Whose name it is to be; their own names don't matter.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static Task<bool> IsConfusableWithAnotherAsync(this ScaleUpDbContext database, string name, Guid user, CancellationToken cancellationToken) =>
        database.Database.SqlQuery<bool>(
            $"""
            SELECT EXISTS (SELECT FROM users WHERE id <> {user} AND name_look({name}) <> ''
                AND (name_look(user_name) = name_look({name}) OR name_look(display_name) = name_look({name}))) AS "Value"
            """).SingleAsync(cancellationToken);
}
