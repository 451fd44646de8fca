using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ScaleUp.Api.Users;

/// <summary>A user account; authors of the seed articles have no password and can't sign in.</summary>
internal sealed class User : IdentityUser<Guid>
{
    public const int MaxNameLength = 32;
    public const int MaxDisplayNameLength = 64;

    public User() => Id = Guid.CreateVersion7();

    public required string DisplayName { get; set; }

    public bool IsAdministrator { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When an administrator blocked this user; null if they are not blocked.</summary>
    public DateTimeOffset? BlockedAt { get; set; }

    public string? BlockReason { get; set; }

    /// <summary>The administrator who blocked this user; null if they are not blocked or were before this column existed.</summary>
    public Guid? BlockedById { get; set; }

    /// <summary>Signs the user's device tokens (see <see cref="DeviceToken"/>); the database generates it with 122 random bits.</summary>
    public Guid DeviceKey { get; init; }
}

internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    public void Configure(EntityTypeBuilder<User> user)
    {
        user.ToTable("users");
        user.Property(u => u.UserName).HasMaxLength(User.MaxNameLength).IsRequired();
        user.Property(u => u.NormalizedUserName).HasMaxLength(User.MaxNameLength).IsRequired();
        user.Property(u => u.DisplayName).HasMaxLength(User.MaxDisplayNameLength);
        user.Property(u => u.BlockReason).HasMaxLength(500);
        user.Property(u => u.DeviceKey).HasDefaultValueSql("gen_random_uuid()");
        user.HasOne<User>().WithMany().HasForeignKey(u => u.BlockedById).OnDelete(DeleteBehavior.SetNull);
        user.Property(u => u.ConcurrencyStamp).IsConcurrencyToken();
        user.HasIndex(u => u.NormalizedUserName).IsUnique();
        user.HasIndex(u => new { u.CreatedAt, u.Id });

        // Features of ASP.NET Core Identity that this site does not use.
        user.Ignore(u => u.Email);
        user.Ignore(u => u.NormalizedEmail);
        user.Ignore(u => u.EmailConfirmed);
        user.Ignore(u => u.PhoneNumber);
        user.Ignore(u => u.PhoneNumberConfirmed);
        user.Ignore(u => u.TwoFactorEnabled);
    }
}
