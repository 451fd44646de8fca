using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;

namespace ScaleUp.Api.Users;

internal static class UserExtensions
{
    public static void AddUsers(this WebApplicationBuilder builder)
    {
        builder.Services.AddIdentityCore<User>(options =>
        {
            options.Password.RequiredLength = PasswordAttribute.MinLength;
            options.Password.RequireDigit = options.Password.RequireNonAlphanumeric = false;
            options.Password.RequireLowercase = options.Password.RequireUppercase = false;
        }).AddPasswordValidator<PasswordPolicy>();
        builder.Services.AddScoped<IUserStore<User>, UserOnlyStore<User, ScaleUpDbContext, Guid>>();
        builder.Services.AddOptions<PasswordHashingOptions>().BindConfiguration("Passwords")
            .Validate(o => o.Iterations is >= 100_000 and <= 10_000_000, "Passwords:Iterations must be between 100000 and 10000000.")
            .Validate(o => o.TimeLimit >= TimeSpan.FromSeconds(0.5) && o.TimeLimit <= TimeSpan.FromMinutes(1), "Passwords:TimeLimit must be between 00:00:00.5 and 00:01:00.")
            .Validate(o => o.Parallel is >= 1 and <= 64, "Passwords:Parallel must be between 1 and 64.")
            .Validate(o => o.Queue is >= 0 and <= 1000, "Passwords:Queue must be between 0 and 1000.")
            .Validate(
                o => o.RegistrationsPerMinute is >= 1 and <= 1_000_000,
                "Passwords:RegistrationsPerMinute must be between 1 and 1000000.")
            .ValidateOnStart();
        builder.Services.AddOptions<PasswordHasherOptions>()
            .Configure<IOptions<PasswordHashingOptions>>((hasher, passwords) => hasher.IterationCount = passwords.Value.Iterations);
        builder.Services.AddSingleton<PasswordHashingQueue>();
        builder.Services.AddScoped<PasswordThrottle>();
        builder.Services.AddScoped<RegistrationThrottle>();
        builder.Services.AddScoped<PasswordVerifier>();
        builder.Services.AddScoped<AdministratorSeed>();
    }

    public static Account ToAccount(this User user) => new(user.Id, user.UserName!, user.DisplayName, user.IsAdministrator);
}
