using Microsoft.AspNetCore.Identity;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Users;

/// <summary>
/// Creates the first administrator if the settings <c>Seed:Administrator:UserName</c> and <c>Seed:Administrator:Password</c> are both set.
/// An existing account stays unchanged.
/// </summary>
internal sealed partial class AdministratorSeed(
    IConfiguration configuration, UserManager<User> users, TimeProvider clock, ILogger<AdministratorSeed> logger)
{
    public async Task SeedAsync(CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Seed:Administrator");
        if (settings["UserName"] is not { Length: > 0 } name || settings["Password"] is not { Length: > 0 } password)
        {
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (await users.FindByNameAsync(name) is not null)
        {
            return;
        }

        // The migrator's lock keeps other replicas from creating the account at the same time.
        var result = await users.CreateAsync(
            new User { UserName = name, DisplayName = name, IsAdministrator = true, CreatedAt = clock.Now() }, password);
        if (!result.Succeeded)
        {
            // A wrong setting must not keep the server from starting.
            LogRefused(name, string.Join(' ', result.Errors.Select(e => e.Description)));
        }
    }

    [LoggerMessage(LogLevel.Error, "The administrator '{Name}' (Seed:Administrator) was not created: {Reason}")]
    private partial void LogRefused(string name, string reason);
}
