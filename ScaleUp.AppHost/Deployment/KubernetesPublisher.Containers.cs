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
                        readOnlyRootFilesystem: {(service.Kind == PublishedKind.Database ? "false" : "true")}
                        capabilities:
                          drop: [ALL]
                      env:
                        - name: {NamespaceVariable}
                          valueFrom:
                            fieldRef:
                              fieldPath: metadata.namespace

            """);
        if (service.Kind == PublishedKind.Server)
        {
            // The pod's, which is what `kubectl` knows it by.
            text.Append("""
                            - name: ServerName
                              valueFrom:
                                fieldRef:
                                  fieldPath: metadata.name

                """);
        }
        else if (service.Volume is { } disk)
        {
            // A folder in the disk that PostgreSQL makes itself: it insists on being the owner, and a new disk is root's and not empty (lost+found).
            text.Append($"            - name: PGDATA\n              value: \"{disk.Folder}/pgdata\"\n");
        }

        // What others refer to comes before them.
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
            text.Append(CultureInfo.InvariantCulture, $"            - name: {endpoint.Name}\n              containerPort: {endpoint.Port}\n");
        }

        var allocation = ResourceRequirements.Of(service);
        text.Append(CultureInfo.InvariantCulture, $"""
                      resources:
                        requests:
                          cpu: {allocation.Cpu}m
                          memory: {allocation.Memory}Mi
                        limits:
                          memory: {allocation.MemoryLimit}Mi

            """);
        RenderProbes(text, service);
        if (service.Kind == PublishedKind.LoadBalancer)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                          lifecycle:
                            preStop:
                              exec:
                                # Time for those in front to learn that it leaves. Then it is told to, and ends what it has (SIGUSR1, the image's own signal).
                                command: [sleep, "{(int)ShutdownSettings.LoadBalancerNotice.TotalSeconds}"]

                """);
        }

        text.Append(service switch
        {
            { Volume: { } volume } => $"          volumeMounts:\n            - name: {volume.Name}\n              mountPath: {volume.Folder}\n{SharedMemoryMount(allocation)}",
            { Kind: PublishedKind.Server } => "          volumeMounts:\n            - name: tmp\n              mountPath: /tmp\n",
            _ => "",
        });
    }

    private static string RenderCommand(PublishedService service) => service.Command is [var program, .. var arguments]
        ? $"          command: [{YamlText.Quote(Escape(program))}]\n          args:\n{string.Concat(arguments.Select(argument => YamlText.Item(Escape(argument), indent: 12)))}"
        : "";

    // Kubernetes fills $(NAME) in a command, and makes one of two dollars.
    private static string Escape(string text) => text.Replace("$$", "$$$$", StringComparison.Ordinal).Replace("$(", "$$(", StringComparison.Ordinal);

    private static string SharedMemoryMount(ResourceRequirements allocation) =>
        allocation.SharedMemory is null ? "" : $"            - name: {SharedMemory}\n              mountPath: /dev/shm\n";

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

    // By its full name: HAProxy asks the name server itself, and for just the name that it is given.
    private static string Fill(PublishedApplication application, string text) => ManifestExpressions.Fill(
        text.Replace("$(", "$$(", StringComparison.Ordinal),
        application,
        (service, endpoint) => ($"{service.Name}.$({NamespaceVariable}).svc.cluster.local", endpoint.Port),
        parameter => $"$({parameter.Variable})");
}
