using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ScaleUp.Api.Users;

/// <summary>A person who may sign in; or an author of the seed, who has no password and may not.</summary>
internal sealed class User : IdentityUser<Guid>
{
    public const int MaxNameLength = 32;
    public const int MaxDisplayNameLength = 64;

    public User() => Id = Guid.CreateVersion7();

    public required string DisplayName { get; set; }

    public bool IsAdministrator { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When an administrator blocked this user; null if nobody did.</summary>
    public DateTimeOffset? BlockedAt { get; set; }

    public string? BlockReason { get; set; }

    /// <summary>The administrator who blocked this user; null if nobody did, or if it was before this was recorded.</summary>
    public Guid? BlockedById { get; set; }

    /// <summary>What signs the tokens of this user's devices (see <see cref="DeviceToken"/>). The database makes it: 122 random bits.</summary>
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

        // What Identity could do and this site does not.
        user.Ignore(u => u.Email);
        user.Ignore(u => u.NormalizedEmail);
        user.Ignore(u => u.EmailConfirmed);
        user.Ignore(u => u.PhoneNumber);
        user.Ignore(u => u.PhoneNumberConfirmed);
        user.Ignore(u => u.TwoFactorEnabled);
    }
}
