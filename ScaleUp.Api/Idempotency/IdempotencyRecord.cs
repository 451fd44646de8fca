using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ScaleUp.Api.Idempotency;

/// <summary>
/// The answer to a write, kept under its key so that a repetition gets the same one. Inserted before the effect and in the same
/// transaction, so there is either both or neither, and a second request with the key waits here for the first.
/// </summary>
internal sealed class IdempotencyRecord
{
    /// <summary>A repetition comes within seconds; a form that stayed open over lunch should be safe too.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>The user whose key it is; <see cref="Guid.Empty"/> for somebody who is not signed in.</summary>
    public required Guid Caller { get; init; }

    /// <summary>SHA-256 of the key.</summary>
    public required byte[] KeyHash { get; init; }

    /// <summary>What was asked (see <see cref="ResponseProtector"/>).</summary>
    public required byte[] Fingerprint { get; init; }

    /// <summary>The answer, encrypted; null only within the transaction that makes it.</summary>
    public byte[]? Answer { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class IdempotencyRecordConfiguration : IEntityTypeConfiguration<IdempotencyRecord>
{
    public void Configure(EntityTypeBuilder<IdempotencyRecord> answer)
    {
        answer.ToTable("idempotent_answers");
        answer.HasKey(a => new { a.Caller, a.KeyHash });
        answer.HasIndex(a => a.CreatedAt);
    }
}
