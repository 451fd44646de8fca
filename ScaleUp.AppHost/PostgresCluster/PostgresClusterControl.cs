using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;

namespace Aspire.Hosting.PostgresCluster;

/// <summary>Reads the state of a cluster from Patroni's REST API, and sends it commands.</summary>
internal sealed class PostgresClusterControl(PostgresClusterResource cluster)
{
    internal const string RestUser = "patroni";

    private static readonly TimeSpan s_readTimeout = TimeSpan.FromSeconds(2);

    // The response to a switchover comes when it is complete.
    private static readonly TimeSpan s_commandTimeout = TimeSpan.FromSeconds(60);
    private static readonly HttpClient s_http = new() { Timeout = Timeout.InfiniteTimeSpan };

    private volatile IReadOnlyList<MemberStatus> _members = [];

    public PostgresClusterResource Cluster { get; } = cluster;

    /// <summary>The last known state of a member; null if it has not joined the cluster, or no member responds.</summary>
    public MemberStatus? StatusOf(string member) => _members.FirstOrDefault(status => status.Name == member);

    /// <summary>Whether a write can be acknowledged: there is a primary, and a standby that confirms its commits.</summary>
    public bool IsWritable => _members.Any(member => member.IsPrimary) && _members.Any(member => member.IsSynchronous);

    /// <summary>Reads the state of all members from the first one that responds.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        foreach (var member in Cluster.Members)
        {
            if (await TryReadAsync(member, cancellationToken).ConfigureAwait(false) is { } members)
            {
                _members = members;
                return;
            }
        }

        _members = [];
    }

    /// <summary>Makes a standby the primary.</summary>
    /// <returns>The result as a message for the user.</returns>
    /// <exception cref="PostgresClusterException">The cluster has no primary, refused, or did not respond.</exception>
    public async Task<string> SwitchOverAsync(PostgresMemberResource member, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        var primary = _members.FirstOrDefault(status => status.IsPrimary)?.Name
            ?? throw new PostgresClusterException($"{Cluster.Name} has no primary now. Wait for the failover, or start its members.");
        return await SendAsync(member, "switchover", new { leader = primary, candidate = member.Name }, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Restarts PostgreSQL on a member.</summary>
    /// <inheritdoc cref="SwitchOverAsync"/>
    public Task<string> RestartAsync(PostgresMemberResource member, CancellationToken cancellationToken) =>
        SendAsync(member, "restart", new { }, cancellationToken);

    /// <summary>Deletes the data of a standby and copies it from the primary.</summary>
    /// <inheritdoc cref="SwitchOverAsync"/>
    public Task<string> ReinitialiseAsync(PostgresMemberResource member, CancellationToken cancellationToken) =>
        SendAsync(member, "reinitialize", new { force = true }, cancellationToken);

    private static async Task<IReadOnlyList<MemberStatus>?> TryReadAsync(PostgresMemberResource member, CancellationToken cancellationToken)
    {
        if (!member.RestEndpoint.IsAllocated)
        {
            return null;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_readTimeout);
        try
        {
            return MemberStatus.Parse(
                await s_http.GetStringAsync(new Uri($"{member.RestEndpoint.Url}/cluster"), timeout.Token).ConfigureAwait(false));
        }
        catch (Exception ex) when (ex is HttpRequestException or JsonException
            || (ex is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<string> SendAsync(PostgresMemberResource member, string command, object body, CancellationToken cancellationToken)
    {
        var password = await Cluster.RestPassword.GetValueAsync(cancellationToken).ConfigureAwait(false);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{member.RestEndpoint.Url}/{command}")
        {
            // Not JsonContent, which sends no Content-Length; Patroni requires one.
            Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, MediaTypeNames.Application.Json),
            Headers =
            {
                Authorization = new AuthenticationHeaderValue(
                    "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{RestUser}:{password}"))),
            },
        };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_commandTimeout);
        try
        {
            using var response = await s_http.SendAsync(request, timeout.Token).ConfigureAwait(false);
            var text = (await response.Content.ReadAsStringAsync(timeout.Token).ConfigureAwait(false)).Trim();
            return response.IsSuccessStatusCode
                ? $"{member.Name}: {text}"
                : throw new PostgresClusterException($"{member.Name} refused '{command}' ({(int)response.StatusCode}): {text}");
        }
        catch (Exception ex) when (ex is HttpRequestException
            || (ex is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new PostgresClusterException($"{member.Name} did not respond to '{command}': {ex.Message}", ex);
        }
    }
}

/// <summary>A command to a cluster failed; the message contains the reason.</summary>
internal sealed class PostgresClusterException : DistributedApplicationException
{
    public PostgresClusterException(string message) : base(message)
    {
    }

    public PostgresClusterException(string message, Exception inner) : base(message, inner)
    {
    }
}
