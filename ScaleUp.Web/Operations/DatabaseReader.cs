using System.Net;
using System.Text.Json;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Operations;

/// <summary>A database server, as reported by an application server.</summary>
/// <param name="Name">The name or address.</param>
/// <param name="Role">"primary" or "standby".</param>
/// <param name="StartedAt">The start time; null if unknown.</param>
/// <param name="Detail">Further details as text, such as the version or the replication state.</param>
/// <param name="Connections">The number of open connections, of all clients; null if unknown.</param>
/// <param name="Active">The number of connections that are executing a statement; null if unknown.</param>
/// <param name="Transactions">The number of transactions since the last reset of the counter; null if unknown.</param>
public sealed record DatabaseServer(string Name, string Role, DateTimeOffset? StartedAt, string Detail, long? Connections, long? Active,
    long? Transactions);

/// <summary>Reads the state of the database from the application servers.</summary>
internal sealed class DatabaseReader(IHttpClientFactory clients, TimeProvider clock)
{
    private const string Address = "internal/database";
    private const string DefaultName = "postgres";

    private (DateTimeOffset Time, long Transactions)? _previous;
    private ServerView[] _last = [];

    /// <summary>Reads the state of all database servers.</summary>
    /// <returns>At least one server, whose state is unknown while no application server responds.</returns>
    public async Task<IReadOnlyList<ServerView>> ReadAsync(CancellationToken cancellationToken)
    {
        var problem = "No API server responds";
        try
        {
            using var http = clients.CreateClient(ApiExtensions.BackgroundClientName);
            using var response = await http.GetAsync(new Uri(Address, UriKind.Relative), cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return _last = Describe((await response.Content.ReadFromJsonAsync<ItemList<DatabaseServer>>(cancellationToken))!.Items);
            }

            // If the header also names an API server, the 503 means that this server can't reach the database. A load balancer's own 503
            // means that no API server is available.
            var servers = response.Headers.TryGetValues(ServerName.Header, out var names) ? ServedBy.Read(string.Join(',', names)) : [];
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable && servers.Length > 1)
            {
                return _last = MarkStale(ServerState.Down, $"{servers[^1]} can't reach it");
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            problem = "No API server responds in time";
        }

        return _last = MarkStale(ServerState.Unknown, problem);
    }

    private ServerView[] Describe(IReadOnlyList<DatabaseServer> servers)
    {
        var now = clock.GetUtcNow();
        double? rate = null;
        if (servers is [{ Transactions: { } transactions }, ..])
        {
            rate = _previous is { } previous && now > previous.Time
                ? Math.Max(0, transactions - previous.Transactions) / (now - previous.Time).TotalSeconds : null;
            _previous = (now, transactions);
        }

        return [.. servers.Select((server, index) => new ServerView(server.Name, ServerState.Up)
        {
            Role = server.Role,
            Since = server.StartedAt,
            Check = server.Detail,
            Requests = index == 0 ? rate : null,
            InFlight = server.Active,
        })];
    }

    // Keep showing the last known values.
    private ServerView[] MarkStale(ServerState state, string problem)
    {
        var last = _last.Length > 0 ? _last : [new ServerView(DefaultName, ServerState.Unknown)];
        return [.. last.Select(server => server with
        {
            State = state,
            Check = problem,
            IsStale = true,
            Since = server.State == state ? server.Since : clock.GetUtcNow(),
        })];
    }
}
