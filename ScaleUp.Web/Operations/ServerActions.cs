using System.Net;
using System.Text.Json;

namespace ScaleUp.Web.Operations;

/// <summary>A command that an administrator has given.</summary>
/// <param name="Time">When.</param>
/// <param name="Server">On which server.</param>
/// <param name="Command"><c>drain</c> or <c>return</c>.</param>
/// <param name="By">The administrator's user name.</param>
public sealed record ServerAction(DateTimeOffset Time, string Server, string Command, string By);

/// <summary>
/// Drains servers and returns them to service, by way of the AppHost: only it holds the key of the load balancers' Runtime API. Deployed,
/// there is no AppHost, and no way to do so.
/// </summary>
internal sealed class ServerActions : IDisposable
{
    /// <summary>The address of the AppHost's control; none where the application is deployed.</summary>
    public const string AddressSetting = "Operations:ControlAddress";

    /// <summary>The key for it.</summary>
    public const string KeySetting = "Operations:ControlKey";

    private const string KeyHeader = "X-Control-Key";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    public ServerActions(IConfiguration configuration)
    {
        _http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { Timeout = s_timeout };
        _http.DefaultRequestHeaders.Add(KeyHeader, configuration[KeySetting] ?? "");
        _http.BaseAddress = Uri.TryCreate(configuration[AddressSetting], UriKind.Absolute, out var address) ? address : null;
    }

    /// <summary>Whether there is a way to act.</summary>
    public bool ArePossible => _http.BaseAddress is not null;

    /// <summary>Executes a command.</summary>
    /// <returns>What was done, in a sentence; or why it was not.</returns>
    public async Task<(bool IsDone, string Message)> ExecuteAsync(string server, string command, string by)
    {
        try
        {
            // Not given up when the administrator leaves: it may have been done by then.
            var path = $"servers/{Uri.EscapeDataString(server)}/{command}?by={Uri.EscapeDataString(by)}";
            using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), null, CancellationToken.None);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => (true, await response.Content.ReadAsStringAsync(CancellationToken.None)),
                HttpStatusCode.Conflict => (false, await response.Content.ReadAsStringAsync(CancellationToken.None)),
                _ => (false, $"The AppHost has refused this ({(int)response.StatusCode})."),
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return (false, "The AppHost does not answer. Please look at the server's state before you try again.");
        }
    }

    /// <summary>The commands that were executed, by way of any web server; none if they can't be read.</summary>
    public async Task<IReadOnlyList<ServerAction>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return ArePossible ? await _http.GetFromJsonAsync<ServerAction[]>(new Uri("actions", UriKind.Relative), cancellationToken)
                ?? [] : [];
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    public void Dispose() => _http.Dispose();
}
