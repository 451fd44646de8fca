using System.Globalization;
using System.Text;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost.Deployment;

internal static partial class ComposePublisher
{
    private static void RenderService(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        var image = service.Kind == ServiceKind.Server ? $"${{REGISTRY:-}}{service.Repository}:${{TAG:-latest}}" : service.Image;
        text.Append(CultureInfo.InvariantCulture, $"""
              {service.Name}:
                image: "{image}"
                restart: always
                stop_grace_period: {(int)ShutdownSettings.StopGracePeriod.TotalSeconds}s

            """);
        RenderResources(text, ResourceRequirements.Of(service), service.Replicas);
        text.Append("    environment:\n");
        foreach (var (name, value) in service.Environment)
        {
            text.Append($"      {name}: {Quote(application, value)}\n");
        }

        if (service.Kind == ServiceKind.LoadBalancer)
        {
            if (HasPeers(service))
            {
                text.Append($"      {HAProxyConfiguration.PeersAddressVariable}: \"{PeersAlias(service)}\"\n");
            }

            // Compose takes a variable without a value from .env, and leaves it unset if .env does not contain it.
            text.Append($"      {HAProxyConfiguration.FrontProxiesVariable}:\n");
        }

        if (service.Kind == ServiceKind.LoadBalancer && application.VirtualAddress is not null)
        {
            var delay = (int)ShutdownSettings.LoadBalancerDrainDelay.TotalSeconds;
            text.Append(CultureInfo.InvariantCulture, $"      {HAProxyConfiguration.GraceVariable}: \"{delay}s\"\n");
        }

        if (service.Command is [var program, .. var arguments])
        {
            text.Append($"    entrypoint: [{Quote(application, program)}]\n    command:\n{string.Concat(arguments.Select(argument => YamlText.Item(Fill(application, argument), indent: 6)))}");
        }

        RenderKind(text, application, service);
        if (service.Volume is { } volume)
        {
            text.Append($"    volumes:\n      - {volume.Name}:{volume.Folder}\n");
        }

        // This driver rotates the log, which would otherwise fill the disk.
        text.Append("    logging:\n      driver: local\n");
    }

    private static void RenderResources(StringBuilder text, ResourceRequirements requirements, int replicas)
    {
        text.Append(CultureInfo.InvariantCulture, $"""
                deploy:
                  replicas: {replicas}
                  resources:
                    limits:
                      memory: {requirements.MemoryLimit}M
                      pids: {requirements.MaxProcesses}

            """);
        if (requirements.SharedMemory is { } shared)
        {
            text.Append(CultureInfo.InvariantCulture, $"    shm_size: {shared}m\n");
        }
    }

    private static void RenderKind(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        switch (service.Kind)
        {
            case ServiceKind.LoadBalancer:
                RenderLoadBalancer(text, application, service);
                break;
            case ServiceKind.Server:
                RenderNetworksOf(text, application, service);
                // The server's program probes itself, because its image contains no other tool.
                var assembly = $"{Path.GetFileNameWithoutExtension(service.ProjectPath)}.dll";
                RenderHealthCheck(text, $"[\"CMD\", \"dotnet\", \"{assembly}\", \"--healthcheck\"]", interval: 30);
                RenderRestrictions(text);
                text.Append("    tmpfs:\n      - /tmp\n");
                break;
            default:
                RenderNetworksOf(text, application, service);
                RenderHealthCheck(
                    text,
                    """["CMD-SHELL", "pg_isready --host 127.0.0.1 --username \"$$POSTGRES_USER\" --dbname \"$$POSTGRES_DB\""]""",
                    interval: 10);
                // The user of the official image, who also owns a new volume, because it gets the owner of the image's folder.
                text.Append("    user: \"999:999\"\n");
                RenderRestrictions(text);
                text.Append("    tmpfs:\n      - /tmp\n      - /var/run/postgresql:uid=999,gid=999,mode=3775\n");
                break;
        }
    }

    private static void RenderLoadBalancer(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        var target = $"{HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}";
        text.Append($"    configs:\n      - source: haproxy\n        target: {target}\n");
        var index = LoadBalancers(application).TakeWhile(other => other != service).Count();
        if (application.VirtualAddress is null)
        {
            var address = index < s_publicAddresses.Length ? s_publicAddresses[index] : string.Create(CultureInfo.InvariantCulture, $"${{LB_{index + 1}_ADDRESS:?set it in .env}}");
            text.Append(CultureInfo.InvariantCulture, $"    ports:\n      - \"{address}:${{PORT:-8080}}:{service.Endpoints.Single(endpoint => endpoint.IsExternal).Port}\"\n");
            text.Append($"    networks:\n      {PublicNetwork}:\n");
            foreach (var network in NetworksOf(application, service))
            {
                text.Append($"      {network}:\n{(network == service.Group && HasPeers(service) ? $"        aliases: [{PeersAlias(service)}]\n" : "")}");
            }
        }
        else
        {
            text.Append($"    network_mode: \"service:{Keepalived(service)}\"\n    depends_on:\n      - {Keepalived(service)}\n");
            text.Append("    # Graceful stop: keepalived moves the address before HAProxy stops.\n    stop_signal: SIGUSR1\n");
        }

        // The image contains no curl.
        var probe =
            $"exec 3<>/dev/tcp/127.0.0.1/{HAProxyConfiguration.OperationsPort} && printf 'GET /alive HTTP/1.0\\\\r\\\\n\\\\r\\\\n' >&3 " +
            "&& read -r _ status _ <&3 && [ $$status = 200 ]";
        RenderHealthCheck(text, $"""["CMD", "bash", "-c", "{probe}"]""", interval: 10);
        RenderRestrictions(text);
    }

    // The load balancer uses keepalived's network, so that HAProxy listens on the shared address, which survives a restart of HAProxy.
    private static void RenderKeepalived(StringBuilder text, PublishedApplication application, PublishedService loadBalancer)
    {
        text.Append($"""
              {Keepalived(loadBalancer)}:
                build: ./keepalived
                image: "scaleup-keepalived:latest"
                restart: always

            """);
        RenderResources(text, ResourceRequirements.Keepalived, replicas: 1);
        const string folder = KeepalivedConfiguration.Folder;
        text.Append($"""
                command: ["{folder}/{KeepalivedConfiguration.StartScriptName}", "{loadBalancer.Name}", "{folder}/{loadBalancer.Name}.conf"]
                # Required to assign addresses, send VRRP and switch to the script user.
                cap_drop: [ALL]
                cap_add: [NET_ADMIN, NET_RAW, NET_BROADCAST, SETUID, SETGID]
                read_only: true
                security_opt:
                  - no-new-privileges:true
                tmpfs:
                  - /run
                networks:
                  {PublicNetwork}:
                    # The network with the highest priority is eth0, which keepalived's configuration names.
                    priority: 1000

            """);
        foreach (var network in NetworksOf(application, loadBalancer))
        {
            var peers = network == loadBalancer.Group && HasPeers(loadBalancer) ? $", {PeersAlias(loadBalancer)}" : "";
            text.Append($"      {network}:\n        aliases: [{loadBalancer.Name}{peers}]\n");
        }

        text.Append("    logging:\n      driver: local\n");
    }

    // A name that only one network knows: by it load balancers listen for their peers there alone, and find them there.
    private static string PeersAlias(PublishedService loadBalancer) => $"{loadBalancer.Name}-peers";

    private static bool HasPeers(PublishedService loadBalancer) => loadBalancer.Endpoints.Any(endpoint => endpoint.Name == PeersEndpoint);

    private static string Keepalived(PublishedService loadBalancer) => $"keepalived-{loadBalancer.Name}";

    private static void RenderNetworksOf(StringBuilder text, PublishedApplication application, PublishedService service) =>
        text.Append($"    networks: [{string.Join(", ", NetworksOf(application, service))}]\n");

    private static void RenderHealthCheck(StringBuilder text, string test, int interval) => text.Append(CultureInfo.InvariantCulture, $"""
            healthcheck:
              test: {test}
              interval: {interval}s
              timeout: 5s
              retries: 3
              start_period: 60s

        """);

    private static void RenderRestrictions(StringBuilder text) => text.Append("""
            read_only: true
            cap_drop: [ALL]
            security_opt:
              - no-new-privileges:true

        """);

    private static string Quote(PublishedApplication application, string text) => YamlText.Quote(Fill(application, text));

    // A service is found under its name, at the port that it listens on.
    private static string Fill(PublishedApplication application, string text) => ManifestExpressions.Fill(text.Replace("$", "$$", StringComparison.Ordinal), application,
        (service, endpoint) => (endpoint.Name == PeersEndpoint ? PeersAlias(service) : service.Name, endpoint.Port), parameter => $"${{{parameter.Variable}:?set it in .env}}");
}
