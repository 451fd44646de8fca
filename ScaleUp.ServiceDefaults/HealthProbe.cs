using Microsoft.Extensions.Configuration;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// The same program, started with <c>--healthcheck</c> beside a server in its container, asks that server whether it is ready, says so
/// by its exit code, and does nothing else: a container engine wants a program for this, and there is no other in a small image.
/// </summary>
internal static class HealthProbe
{
    public const string Argument = "--healthcheck";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /// <summary>Ends the process with 0 (ready) or 1 (not, or nobody is there), if that is what it was started for.</summary>
    public static void RunIfRequested(IConfiguration configuration)
    {
        if (Environment.GetCommandLineArgs().Contains(Argument))
        {
            Environment.Exit(IsReady(configuration) ? 0 : 1);
        }
    }

    internal static bool IsReady(IConfiguration configuration)
    {
        // As in ASP.NET Core's images: the first of the ports, https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/endpoints.
        var port = (configuration["HTTP_PORTS"] ?? "8080").Split(';')[0];
        using var client = new HttpClient { Timeout = s_timeout };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://localhost:{port}/health");
            using var response = client.Send(request);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
