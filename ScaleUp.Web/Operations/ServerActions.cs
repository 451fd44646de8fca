using System.Net;
using System.Text.Json;

namespace ScaleUp.Web.Operations;

/// <summary>A command executed by an administrator.</summary>
/// <param name="Time">The time of execution.</param>
/// <param name="Server">The server's name.</param>
/// <param name="Command"><c>drain</c> or <c>return</c>.</param>
/// <param name="By">The administrator's user name.</param>
public sealed record ServerAction(DateTimeOffset Time, string Server, string Command, string By);

/// <summary>
/// Drains servers and returns them to service through the AppHost, which alone has the key of the load balancers' Runtime API. Not
/// available when deployed, where no AppHost runs.
/// </summary>
internal sealed class ServerActions : IDisposable
{
    /// <summary>The setting with the address of the AppHost's server control; not set when deployed.</summary>
    public const string AddressSetting = "Operations:ControlAddress";

    /// <summary>The setting with the key of the AppHost's server control.</summary>
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

    /// <summary>Whether servers can be drained and returned to service from here.</summary>
    public bool ArePossible => _http.BaseAddress is not null;

    /// <summary>Executes a command.</summary>
    /// <returns>Whether the command was executed, and a sentence with the result or the reason for the failure.</returns>
    public async Task<(bool IsDone, string Message)> ExecuteAsync(string server, string command, string by)
    {
        try
        {
            // Don't cancel when the administrator's request is aborted: the command may have been executed already.
            var path = $"servers/{Uri.EscapeDataString(server)}/{command}?by={Uri.EscapeDataString(by)}";
            using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), null, CancellationToken.None);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => (true, await response.Content.ReadAsStringAsync(CancellationToken.None)),
                HttpStatusCode.Conflict => (false, await response.Content.ReadAsStringAsync(CancellationToken.None)),
                _ => (false, $"The AppHost rejected the request ({(int)response.StatusCode})."),
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return (false, "The AppHost does not respond. Check the server's state before you try again.");
        }
    }

    /// <summary>Returns the commands executed through any web server; empty if they can't be read.</summary>
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
