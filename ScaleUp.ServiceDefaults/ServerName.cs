using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// The name by which people tell this server from all others, replicas of the same program too: in the foot of pages, in
/// <c>X-Served-By</c>, in the load balancers' logs (<c>served_by</c>) and, where it is deployed, in telemetry (<c>service.instance.id</c>).
/// It is the one that whoever runs the server has for it, so that they find its log.
/// </summary>
public static class ServerName
{
    /// <summary>Where it is said: while the AppHost runs the resource's name, in Kubernetes the pod's.</summary>
    public const string SettingName = "ServerName";

    /// <summary>The header of an answer that says who gave it. A load balancer adds itself before the name.</summary>
    public const string Header = "X-Served-By";

    // https://learn.microsoft.com/azure/container-apps/environment-variables
    private const string ContainerAppReplica = "CONTAINER_APP_REPLICA_NAME";

    // https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables: what all replicas of a service have in common.
    private const string ServiceName = "OTEL_SERVICE_NAME";

    /// <summary>Reads it. If nobody has said it, it is the service's and the machine's name; that of a container is its id.</summary>
    public static string Read(IConfiguration configuration, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(environment);

        return Said(SettingName) ?? Said(ContainerAppReplica) ?? $"{Said(ServiceName) ?? environment.ApplicationName}-{Environment.MachineName}";

        string? Said(string setting) => configuration[setting] is { Length: > 0 } value ? value : null;
    }

    internal static void UseServerName(this WebApplication app)
    {
        var name = Read(app.Configuration, app.Environment);
        app.Use((context, next) =>
        {
            // At the last moment: whoever handles an error begins the answer anew, without the headers that it had.
            context.Response.OnStarting(() =>
            {
                context.Response.Headers[Header] = name;
                return Task.CompletedTask;
            });
            return next(context);
        });
    }
}
