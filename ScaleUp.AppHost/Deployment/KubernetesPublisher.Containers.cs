using System.Globalization;
using System.Text;

namespace ScaleUp.AppHost.Deployment;

internal static partial class KubernetesPublisher
{
    private const string NamespaceVariable = "NAMESPACE";
    private const string SharedMemory = "shared-memory";

    private static void RenderContainer(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        text.Append($"""
                  containers:
                    - name: {service.Name}
                      image: {ImageOf(service)}
            {RenderCommand(service)}          securityContext:
                        allowPrivilegeEscalation: false
                        readOnlyRootFilesystem: {(service.Kind == ServiceKind.Database ? "false" : "true")}
                        capabilities:
                          drop: [ALL]
                      env:
                        - name: {NamespaceVariable}
                          valueFrom:
                            fieldRef:
                              fieldPath: metadata.namespace

            """);
        if (service.Kind == ServiceKind.Server)
        {
            // The pod's name, as `kubectl` shows it.
            text.Append("""
                            - name: ServerName
                              valueFrom:
                                fieldRef:
                                  fieldPath: metadata.name

                """);
        }
        else if (service.Volume is { } disk)
        {
            // PostgreSQL must own its data folder, so it creates a subfolder: the root of a new disk belongs to root and contains
            // lost+found.
            text.Append($"            - name: PGDATA\n              value: \"{disk.Folder}/pgdata\"\n");
        }

        // Kubernetes expands only references to variables that are defined earlier.
        var parameters = service.Environment.Values.SelectMany(ManifestExpressions.Parameters).ToHashSet();
        foreach (var parameter in application.Parameters.Where(parameter => parameters.Contains(parameter.Name)))
        {
            text.Append($$"""
                            - name: {{parameter.Variable}}
                              valueFrom:
                                secretKeyRef:
                                  name: {{Namespace}}
                                  key: {{parameter.Variable}}

                """);
        }

        foreach (var (name, value) in service.Environment)
        {
            var filled = Fill(application, value);
            if (!application.Parameters.Any(parameter => parameter.Variable == name && filled == $"$({name})"))
            {
                text.Append($"            - name: {name}\n              value: {YamlText.Quote(filled)}\n");
            }
        }

        text.Append("          ports:\n");
        foreach (var endpoint in service.Endpoints)
        {
            text.Append(
                CultureInfo.InvariantCulture, $"            - name: {endpoint.Name}\n              containerPort: {endpoint.Port}\n");
        }

        var requirements = ResourceRequirements.Of(service);
        text.Append(CultureInfo.InvariantCulture, $"""
                      resources:
                        requests:
                          cpu: {requirements.Cpu}m
                          memory: {requirements.Memory}Mi
                        limits:
                          memory: {requirements.MemoryLimit}Mi

            """);
        RenderProbes(text, service);
        if (service.Kind == ServiceKind.LoadBalancer)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                          lifecycle:
                            preStop:
                              exec:
                                # Wait until upstream proxies stop using this pod. Then SIGUSR1, the image's stop signal, stops HAProxy
                                # gracefully.
                                command: [sleep, "{(int)ShutdownSettings.LoadBalancerDrainDelay.TotalSeconds}"]

                """);
        }

        text.Append(service switch
        {
            { Volume: { } volume } =>
                $"          volumeMounts:\n            - name: {volume.Name}\n              mountPath: {volume.Folder}\n" +
                SharedMemoryMount(requirements),
            { Kind: ServiceKind.Server } => "          volumeMounts:\n            - name: tmp\n              mountPath: /tmp\n",
            _ => "",
        });
    }

    private static string RenderCommand(PublishedService service) => service.Command is [var program, .. var arguments]
        ? $"          command: [{YamlText.Quote(Escape(program))}]\n          args:\n{string.Concat(arguments.Select(argument => YamlText.Item(Escape(argument), indent: 12)))}"
        : "";

    // Kubernetes fills $(NAME) in a command, and makes one of two dollars.
    private static string Escape(string text) => text.Replace("$$", "$$$$", StringComparison.Ordinal).Replace("$(", "$$(", StringComparison.Ordinal);

    private static string SharedMemoryMount(ResourceRequirements requirements) =>
        requirements.SharedMemory is null ? "" : $"            - name: {SharedMemory}\n              mountPath: /dev/shm\n";

    private static void RenderProbes(StringBuilder text, PublishedService service)
    {
        foreach (var probe in ShutdownSettings.ProbesOf(service))
        {
            var check = probe.Path is null ? "tcpSocket:" : $"httpGet:\n              path: {probe.Path}";
            text.Append(CultureInfo.InvariantCulture, $"""
                          {probe.Kind.ToLowerInvariant()}Probe:
                            {check}
                              port: {probe.Port}
                            periodSeconds: {probe.PeriodSeconds}
                            timeoutSeconds: {probe.TimeoutSeconds}
                            failureThreshold: {probe.Failures}

                """);
        }
    }

    // Uses fully qualified names, because HAProxy's resolver applies no search domains.
    private static string Fill(PublishedApplication application, string text) => ManifestExpressions.Fill(
        text.Replace("$(", "$$(", StringComparison.Ordinal),
        application,
        (service, endpoint) => ($"{service.Name}.$({NamespaceVariable}).svc.cluster.local", endpoint.Port),
        parameter => $"$({parameter.Variable})");
}
