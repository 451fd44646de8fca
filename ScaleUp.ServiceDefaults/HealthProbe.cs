using Microsoft.Extensions.Configuration;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// The health check of the container image: the same program, started with <c>--healthcheck</c> in the server's container, requests
/// <c>/health</c> and reports the result by its exit code. The image is too small to contain another HTTP client.
/// </summary>
internal static class HealthProbe
{
    public const string Argument = "--healthcheck";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /// <summary>With <c>--healthcheck</c>, ends the process with exit code 0 (ready) or 1 (not ready or unreachable).</summary>
    public static void RunIfRequested(IConfiguration configuration)
    {
        if (Environment.GetCommandLineArgs().Contains(Argument))
        {
            Environment.Exit(IsReady(configuration) ? 0 : 1);
        }
    }

    internal static bool IsReady(IConfiguration configuration)
    {
        // The first port, as in ASP.NET Core's images: https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/endpoints.
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
