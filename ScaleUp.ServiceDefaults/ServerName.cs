using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// The name that identifies this instance among all servers, including replicas of the same program: in the footer of pages, in
/// <c>X-Served-By</c>, in the load balancers' logs (<c>served_by</c>) and, when deployed, in telemetry (<c>service.instance.id</c>).
/// It is the name that the platform uses for the instance, so that operators find its log.
/// </summary>
public static class ServerName
{
    /// <summary>The setting: the resource's name when the AppHost runs, the pod's name in Kubernetes.</summary>
    public const string SettingName = "ServerName";

    /// <summary>The response header that names the server. A load balancer prepends its own name.</summary>
    public const string Header = "X-Served-By";

    // https://learn.microsoft.com/azure/container-apps/environment-variables
    private const string ContainerAppReplica = "CONTAINER_APP_REPLICA_NAME";

    // Shared by all replicas of a service: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables.
    private const string ServiceName = "OTEL_SERVICE_NAME";

    /// <summary>
    /// Reads the name: <see cref="SettingName"/>, the replica's name in Azure Container Apps, or the service's name followed by the
    /// machine's name (in a container, its ID).
    /// </summary>
    public static string Read(IConfiguration configuration, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(environment);

        return Setting(SettingName) ?? Setting(ContainerAppReplica)
            ?? $"{Setting(ServiceName) ?? environment.ApplicationName}-{Environment.MachineName}";

        string? Setting(string key) => configuration[key] is { Length: > 0 } value ? value : null;
    }

    internal static void UseServerName(this WebApplication app)
    {
        var name = Read(app.Configuration, app.Environment);
        app.Use((context, next) =>
        {
            // Set the header last, because exception handlers clear the response's headers.
            context.Response.OnStarting(() =>
            {
                context.Response.Headers[Header] = name;
                return Task.CompletedTask;
            });
            return next(context);
        });
    }
}
