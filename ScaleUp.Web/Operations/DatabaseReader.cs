using System.Net;
using System.Text.Json;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Operations;

/// <summary>A database server, as an application server sees it.</summary>
/// <param name="Name">Its name or address.</param>
/// <param name="Role">"primary" or "standby".</param>
/// <param name="StartedAt">When it was started; null if that is not known.</param>
/// <param name="Detail">What else is known, in words.</param>
/// <param name="Connections">Connections that are in use, of all application servers.</param>
/// <param name="Active">Those of them that execute something now.</param>
/// <param name="Transactions">Transactions since the counter was last reset.</param>
public sealed record DatabaseServer(string Name, string Role, DateTimeOffset? StartedAt, string Detail, long? Connections, long? Active,
    long? Transactions);

/// <summary>Reads what the application servers know of the database.</summary>
internal sealed class DatabaseReader(IHttpClientFactory clients, TimeProvider clock)
{
    /// <summary>The HTTP client, which sends each request once.</summary>
    public const string ClientName = "operations";

    private const string Address = "internal/database";
    private const string Unnamed = "postgres";

    private (DateTimeOffset Time, long Transactions)? _before;
    private ServerView[] _last = [];

    /// <summary>Reads it.</summary>
    /// <returns>At least one server, which is unknown while no application server answers.</returns>
    public async Task<IReadOnlyList<ServerView>> ReadAsync(CancellationToken cancellationToken)
    {
        var problem = "No API server answers";
        try
        {
            using var http = clients.CreateClient(ClientName);
            using var response = await http.GetAsync(new Uri(Address, UriKind.Relative), cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return _last = Describe((await response.Content.ReadFromJsonAsync<ItemList<DatabaseServer>>(cancellationToken))!.Items);
            }

            // The answer of an API server that has no database, which is named in the header then, and not of a load balancer that has
            // found no API server.
            var servers = response.Headers.TryGetValues(ServerName.Header, out var names) ? ServedBy.Read(string.Join(',', names)) : [];
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable && servers.Length > 1)
            {
                return _last = Lost(ServerState.Down, $"{servers[^1]} gets no answer from it");
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            problem = "No API server answers in time";
        }

        return _last = Lost(ServerState.Unknown, problem);
    }

    private ServerView[] Describe(IReadOnlyList<DatabaseServer> servers)
    {
        var now = clock.GetUtcNow();
        double? rate = null;
        if (servers is [{ Transactions: { } transactions }, ..])
        {
            rate = _before is { } before && now > before.Time
                ? Math.Max(0, transactions - before.Transactions) / (now - before.Time).TotalSeconds : null;
            _before = (now, transactions);
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

    // What was known of it is still shown.
    private ServerView[] Lost(ServerState state, string problem)
    {
        var last = _last.Length > 0 ? _last : [new ServerView(Unnamed, ServerState.Unknown)];
        return [.. last.Select(server => server with
        {
            State = state,
            Check = problem,
            IsStale = true,
            Since = server.State == state ? server.Since : clock.GetUtcNow(),
        })];
    }
}
