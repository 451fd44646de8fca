namespace Aspire.Hosting.Publishing;

/// <summary>Part of the interface alone: no manifest is written here.</summary>
public sealed record ManifestPublishingContext(string ManifestPath, Utf8JsonWriter Writer);
