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

    /// <summary>Whether another user has a user name or display name that looks like this one.</summary>
    /// <param name="database">Must be in a transaction: a lock keeps other users from taking such a name until it ends.</param>
    /// <param name="name">The new name.</param>
    /// <param name="user">The user who takes the name; their own names are ignored.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    public static async Task<bool> IsConfusableWithAnotherAsync(
        this ScaleUpDbContext database, string name, Guid user, CancellationToken cancellationToken)
    {
        await database.Database.ExecuteSqlAsync(
            $"SELECT pg_advisory_xact_lock({LockKey}, hashtext(name_look({name})))", cancellationToken);
        return await database.Database.SqlQuery<bool>(
            $"""
            SELECT EXISTS (SELECT FROM users WHERE id <> {user} AND name_look({name}) <> ''
                AND (name_look(user_name) = name_look({name}) OR name_look(display_name) = name_look({name}))) AS "Value"
            """).SingleAsync(cancellationToken);
    }
}
