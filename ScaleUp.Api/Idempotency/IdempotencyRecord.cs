using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ScaleUp.Api.Idempotency;

/// <summary>
/// The response to a write, stored under its key so that a retry receives the same response. The record is inserted before the effect
/// and in the same transaction, so both are committed or neither, and a second request with the key waits for the first.
/// </summary>
internal sealed class IdempotencyRecord
{
    /// <summary>Retries come within seconds; a day also covers a form that stays open for hours.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>The user whose key it is; <see cref="Guid.Empty"/> for an anonymous caller.</summary>
    public required Guid Caller { get; init; }

    /// <summary>SHA-256 of the key.</summary>
    public required byte[] KeyHash { get; init; }

    /// <summary>Fingerprint of the request (see <see cref="ResponseProtector"/>).</summary>
    public required byte[] Fingerprint { get; init; }

    /// <summary>The encrypted response; null only within the transaction that creates it.</summary>
    public byte[]? Answer { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class IdempotencyRecordConfiguration : IEntityTypeConfiguration<IdempotencyRecord>
{
    public void Configure(EntityTypeBuilder<IdempotencyRecord> record)
    {
        record.ToTable("idempotent_answers");
        record.HasKey(r => new { r.Caller, r.KeyHash });
        record.HasIndex(r => r.CreatedAt);
    }
}
