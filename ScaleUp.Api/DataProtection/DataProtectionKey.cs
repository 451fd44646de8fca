using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ScaleUp.Api.DataProtection;

/// <summary>A key with which all web servers protect cookies and forms; stored here because web servers have no storage.</summary>
internal sealed class DataProtectionKey
{
    public required string FriendlyName { get; init; }

    public required string Xml { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class DataProtectionKeyConfiguration : IEntityTypeConfiguration<DataProtectionKey>
{
    public void Configure(EntityTypeBuilder<DataProtectionKey> key)
    {
        key.ToTable("data_protection_keys");
        key.HasKey(k => k.FriendlyName);
        key.Property(k => k.FriendlyName).HasMaxLength(StoredKey.MaxNameLength);
    }
}
