using System.Globalization;
using System.Text;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost.Deployment;

internal static partial class ComposePublisher
{
    private static void RenderService(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        text.Append(CultureInfo.InvariantCulture, $"""
              {service.Name}:
                image: "{(service.Kind == PublishedKind.Server ? $"${{REGISTRY:-}}{service.Repository}:${{TAG:-latest}}" : service.Image)}"
                restart: always
                stop_grace_period: {(int)ShutdownSettings.StopLimit.TotalSeconds}s

            """);
        RenderAllocation(text, ResourceRequirements.Of(service), service.Replicas);
        text.Append("    environment:\n");
        foreach (var (name, value) in service.Environment)
        {
            text.Append($"      {name}: {Quote(application, value)}\n");
        }

        if (service.Kind == PublishedKind.LoadBalancer)
        {
            if (HasPeers(service))
            {
                text.Append($"      {HAProxyConfiguration.PeersAddressVariable}: \"{PeersAlias(service)}\"\n");
            }

            // A variable without a value is taken from .env, and is not set if it is not there.
            text.Append($"      {HAProxyConfiguration.FrontProxiesVariable}:\n");
        }

        if (service.Kind == PublishedKind.LoadBalancer && application.VirtualAddress is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"      {HAProxyConfiguration.GraceVariable}: \"{(int)ShutdownSettings.LoadBalancerNotice.TotalSeconds}s\"\n");
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

        // A log that nobody turns over would fill the disk one day.
        text.Append("    logging:\n      driver: local\n");
    }

    private static void RenderAllocation(StringBuilder text, ResourceRequirements allocation, int replicas)
    {
        text.Append(CultureInfo.InvariantCulture, $"""
                deploy:
                  replicas: {replicas}
                  resources:
                    limits:
                      memory: {allocation.MemoryLimit}M
                      pids: {allocation.Processes}

            """);
        if (allocation.SharedMemory is { } shared)
        {
            text.Append(CultureInfo.InvariantCulture, $"    shm_size: {shared}m\n");
        }
    }

    private static void RenderKind(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        switch (service.Kind)
        {
            case PublishedKind.LoadBalancer:
                RenderLoadBalancer(text, application, service);
                break;
            case PublishedKind.Server:
                RenderNetworksOf(text, application, service);
                // The program asks itself: there is no other in its image.
                RenderHealthCheck(text, $"[\"CMD\", \"dotnet\", \"{Path.GetFileNameWithoutExtension(service.ProjectPath)}.dll\", \"--healthcheck\"]", interval: 30);
                RenderRestrictions(text);
                text.Append("    tmpfs:\n      - /tmp\n");
                break;
            default:
                RenderNetworksOf(text, application, service);
                RenderHealthCheck(text, "[\"CMD-SHELL\", \"pg_isready --host 127.0.0.1 --username \\\"$$POSTGRES_USER\\\" --dbname \\\"$$POSTGRES_DB\\\"\"]", interval: 10);
                // The user of the official image; a new volume gets the owner of the folder in the image, which is that user.
                text.Append("    user: \"999:999\"\n");
                RenderRestrictions(text);
                text.Append("    tmpfs:\n      - /tmp\n      - /var/run/postgresql:uid=999,gid=999,mode=3775\n");
                break;
        }
    }

    private static void RenderLoadBalancer(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        text.Append($"    configs:\n      - source: haproxy\n        target: {HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}\n");
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
            text.Append("    # keepalived sees that it leaves, and moves the address before it has left.\n    stop_signal: SIGUSR1\n");
        }

        // Without curl, which the image does not have.
        RenderHealthCheck(text, $"""["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/{HAProxyConfiguration.OperationsPort} && printf 'GET /alive HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ $$status = 200 ]"]""", interval: 10);
        RenderRestrictions(text);
    }

    // The network is keepalived's, and the load balancer is on it: so the address is where HAProxy answers, and it stays there while HAProxy
    // is started anew.
    private static void RenderKeepalived(StringBuilder text, PublishedApplication application, PublishedService loadBalancer)
    {
        text.Append($"""
              {Keepalived(loadBalancer)}:
                build: ./keepalived
                image: "scaleup-keepalived:latest"
                restart: always

            """);
        RenderAllocation(text, ResourceRequirements.Keepalived, replicas: 1);
        text.Append($"""
                command: ["{KeepalivedConfiguration.Folder}/{KeepalivedConfiguration.StartName}", "{loadBalancer.Name}", "{KeepalivedConfiguration.Folder}/{loadBalancer.Name}.conf"]
                # To give itself an address, to speak VRRP, and to start its scripts as who it says.
                cap_drop: [ALL]
                cap_add: [NET_ADMIN, NET_RAW, NET_BROADCAST, SETUID, SETGID]
                read_only: true
                security_opt:
                  - no-new-privileges:true
                tmpfs:
                  - /run
                networks:
                  {PublicNetwork}:
                    # The first network is eth0, which keepalived is told of.
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
