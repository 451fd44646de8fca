using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Sessions;

/// <summary>A session of a user on one device, from sign-in to sign-out.</summary>
internal sealed class Session
{
    public const int MaxDeviceLength = 200;

    /// <summary>Sliding expiration: an unused session ends after this time.</summary>
    public static readonly TimeSpan Sliding = TimeSpan.FromDays(7);

    /// <summary>Absolute expiration: every session ends after this time.</summary>
    public static readonly TimeSpan Absolute = TimeSpan.FromDays(30);

    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid UserId { get; init; }

    public User? User { get; init; }

    /// <summary>SHA-256 of the token, so that a leaked database does not reveal tokens.</summary>
    public required byte[] TokenHash { get; init; }

    public required string Device { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When a session that is used now expires.</summary>
    public static DateTimeOffset ExpiryOf(DateTimeOffset createdAt, DateTimeOffset now) =>
        now + Sliding < createdAt + Absolute ? now + Sliding : createdAt + Absolute;
}

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> session)
    {
        session.ToTable("sessions");
        session.Property(s => s.Device).HasMaxLength(Session.MaxDeviceLength);
        session.HasOne(s => s.User).WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Cascade);
        session.HasIndex(s => s.TokenHash).IsUnique();
        session.HasIndex(s => s.ExpiresAt);
    }
}
