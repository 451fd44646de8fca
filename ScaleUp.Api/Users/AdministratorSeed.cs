using Microsoft.AspNetCore.Identity;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Users;

/// <summary>
/// The first administrator, from the settings <c>Seed:Administrator:UserName</c> and <c>Seed:Administrator:Password</c>; without
/// both there is none. An account that is there already is left as it is.
/// </summary>
internal sealed partial class AdministratorSeed(IConfiguration configuration, UserManager<User> users, TimeProvider clock, ILogger<AdministratorSeed> logger)
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

        // No other replica is quicker: the migrator holds its lock.
        var result = await users.CreateAsync(
            new User { UserName = name, DisplayName = name, IsAdministrator = true, CreatedAt = clock.Now() }, password);
        if (!result.Succeeded)
        {
            // A setting that is wrong is no reason to serve nobody.
            LogRefused(name, string.Join(' ', result.Errors.Select(e => e.Description)));
        }
    }

    [LoggerMessage(LogLevel.Error, "The administrator '{Name}' of the settings was not created: {Reason}")]
    private partial void LogRefused(string name, string reason);
}
