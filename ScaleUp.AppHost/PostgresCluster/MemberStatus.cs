using System.Globalization;
using System.Text.Json;

namespace Aspire.Hosting.PostgresCluster;

/// <summary>A member as Patroni reports it in <c>GET /cluster</c>: https://patroni.readthedocs.io/en/latest/rest_api.html</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Role">Patroni's role, for example <c>leader</c>, <c>quorum_standby</c> or <c>replica</c>.</param>
/// <param name="State">Patroni's state, for example <c>running</c> or <c>streaming</c>.</param>
/// <param name="Lag">Bytes that a standby has not replayed yet; null for the primary, or if it is unknown.</param>
internal sealed record MemberStatus(string Name, string Role, string State, long? Lag)
{
    /// <summary>Whether the member accepts writes.</summary>
    public bool IsPrimary => Role == "leader" && State == "running";

    /// <summary>Whether the member is a standby that confirms commits.</summary>
    public bool IsSynchronous => Role is "quorum_standby" or "sync_standby" && State == "streaming";

    /// <summary>Whether the member works as its role requires.</summary>
    public bool IsHealthy => IsPrimary || (Role != "leader" && State == "streaming");

    /// <summary>Role and lag as text for the user.</summary>
    public string Description
    {
        get
        {
            var role = Role switch
            {
                "leader" => "Primary",
                "quorum_standby" => "Quorum standby",
                "sync_standby" => "Synchronous standby",
                "replica" => "Replica",
                _ => Role,
            };
            return !IsHealthy ? $"{role} ({State})"
                : Lag is { } lag ? string.Create(CultureInfo.InvariantCulture, $"{role} (lag {lag} B)")
                : role;
        }
    }

    /// <summary>Parses the response to <c>GET /cluster</c>.</summary>
    /// <exception cref="JsonException">The text is not such a response.</exception>
    public static IReadOnlyList<MemberStatus> Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("members", out var members)
            || members.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("The response has no members.");
        }

        return [.. members.EnumerateArray().Select(ParseMember)];
    }

    private static MemberStatus ParseMember(JsonElement member) => member.ValueKind == JsonValueKind.Object
        ? new MemberStatus(
            TextOf(member, "name"),
            TextOf(member, "role"),
            TextOf(member, "state"),
            // Patroni reports an unknown lag as the text "unknown".
            member.TryGetProperty("lag", out var lag) && lag.ValueKind == JsonValueKind.Number ? lag.GetInt64() : null)
        : throw new JsonException("A member is not an object.");

    private static string TextOf(JsonElement member, string property) =>
        member.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new JsonException($"A member has no {property}.");
}
