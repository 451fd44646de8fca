using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;

namespace ScaleUp.Api.Users;

internal static class UserExtensions
{
    public static void AddUsers(this WebApplicationBuilder builder)
    {
        builder.Services.AddIdentityCore<User>(options =>
        {
            options.Lockout.MaxFailedAccessAttempts = 5;
            options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
            options.Password.RequiredLength = PasswordAttribute.MinLength;
            options.Password.RequireDigit = options.Password.RequireLowercase = options.Password.RequireUppercase = options.Password.RequireNonAlphanumeric = false;
        });
        builder.Services.AddScoped<IUserStore<User>, UserOnlyStore<User, ScaleUpDbContext, Guid>>();
        builder.Services.AddScoped<PasswordCheck>();
        builder.Services.AddScoped<AdministratorSeed>();
    }

    public static Account ToAccount(this User user) => new(user.Id, user.UserName!, user.DisplayName, user.IsAdministrator);
}
