using System.Text;

namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// A folder that <c>docker compose up</c> runs on one server (https://docs.docker.com/reference/compose-file). Each service is on a
/// network of those that are told its address, and so out of reach of all others.
/// </summary>
internal static partial class ComposePublisher
{
    private const string ConfigurationFile = "haproxy.cfg";
    private const string PublicNetwork = "public";
    private const string PeersEndpoint = "peers";

    // A server has the addresses of IPv4 and IPv6, and its name both: what 127.0.0.1 and ::1 are while the AppHost runs.
    private static readonly string[] s_publicAddresses = ["${LB_1_ADDRESS:-0.0.0.0}", "${LB_2_ADDRESS:-[::]}"];

    public static IEnumerable<PublishedFile> Render(PublishedApplication application)
    {
        yield return new("compose.yaml", RenderCompose(application));
        foreach (var loadBalancer in LoadBalancers(application).Take(1))
        {
            yield return new(ConfigurationFile, loadBalancer.Configuration);
        }

        if (application.VirtualAddress is { } address)
        {
            yield return new("keepalived/Dockerfile", KeepalivedConfiguration.Dockerfile);
            foreach (var script in KeepalivedConfiguration.Scripts)
            {
                yield return script with { Path = $"keepalived/{script.Path}" };
            }

            foreach (var loadBalancer in LoadBalancers(application))
            {
                yield return new($"keepalived/{loadBalancer.Name}.conf", KeepalivedConfiguration.Render(address with { Interface = "eth0" }, loadBalancer.Name));
            }
        }

        yield return EnvironmentFile.Render(application, ".env", """
            # LB_1_ADDRESS and LB_2_ADDRESS: where the load balancers answer (0.0.0.0 and [::], all addresses of this server).
            # PORT: on which port (8080). REGISTRY: where the images are, ending in a slash. TAG: which of them (latest).
            # LB_FRONT_PROXIES: networks of a TLS proxy in front, separated by spaces, such as 172.16.0.0/12 for one on this server (then with
            # LB_1_ADDRESS=127.0.0.1 and LB_2_ADDRESS=[::1], so that no one else reaches the load balancers).

            """);
    }

    private static string RenderCompose(PublishedApplication application)
    {
        var text = new StringBuilder("""
            # Written by the AppHost from its topology; edit there, not here.
            name: scaleup

            services:

            """);
        foreach (var service in application.Services)
        {
            RenderService(text, application, service);
        }

        if (application.VirtualAddress is not null)
        {
            foreach (var loadBalancer in LoadBalancers(application))
            {
                RenderKeepalived(text, application, loadBalancer);
            }
        }

        RenderNetworks(text, application);
        if (application.Services.Any(service => service.Volume is not null))
        {
            text.Append("\nvolumes:\n");
            foreach (var volume in application.Services.Select(service => service.Volume).OfType<PublishedVolume>())
            {
                text.Append($"  {volume.Name}:\n");
            }
        }

        text.Append($"\nconfigs:\n  haproxy:\n    file: ./{ConfigurationFile}\n");
        return text.Replace("\r\n", "\n").ToString();
    }

    private static void RenderNetworks(StringBuilder text, PublishedApplication application)
    {
        text.Append("\nnetworks:\n");
        foreach (var group in application.Services.Select(service => service.Group).Distinct())
        {
            text.Append($"  {group}:\n    internal: true\n");
        }

        text.Append(application.VirtualAddress is not { } address ? $"""
              # The only way in and out: the load balancers'.
              {PublicNetwork}:

            """ : $$"""
              # The network of the server itself, where the load balancers have addresses of their own beside the one that they share.
              {{PublicNetwork}}:
                driver: macvlan
                driver_opts:
                  parent: {{address.Interface}}
                ipam:
                  config:
                    - subnet: {{address.Network}}
                      ip_range: "${OWN_ADDRESSES:?set it in .env: a part of {{address.Network}} that nothing else uses, for example a /29}"

            """);
    }

    /// <summary>The networks of a service: its own group's, and those of the groups that it calls.</summary>
    private static IEnumerable<string> NetworksOf(PublishedApplication application, PublishedService service) =>
        application.Services
            .Where(other => other.Group == service.Group || application.CallersOf(other).Any(call => call.Caller == service))
            .Select(other => other.Group)
            .Distinct();

    private static IEnumerable<PublishedService> LoadBalancers(PublishedApplication application) =>
        application.Services.Where(service => service.Kind == PublishedKind.LoadBalancer);
}
