using System.Globalization;
using System.Text;

namespace ScaleUp.AppHost.Publishing;

internal static partial class KubernetesForm
{
    private const string NamespaceVariable = "NAMESPACE";

    private static void RenderWorkload(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        var isKept = service.Volume is not null;
        text.Append(CultureInfo.InvariantCulture, $"""
            ---
            apiVersion: apps/v1
            kind: {(isKept ? "StatefulSet" : "Deployment")}
            metadata:
              name: {service.Name}
            spec:
              replicas: {service.Replicas}
              selector:
                matchLabels:
                  app.kubernetes.io/name: {service.Name}

            """);
        text.Append(isKept ? $"  serviceName: {service.Name}\n" : $$"""
              strategy:
                rollingUpdate:
                  {{(service.Replicas > 1 ? "# The new one first.\n      maxUnavailable: 0\n      maxSurge: 1" : "# The others of its group do its work meanwhile.\n      maxUnavailable: 1\n      maxSurge: 0")}}

            """);
        text.Append(CultureInfo.InvariantCulture, $"""
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: {service.Name}
                    app.kubernetes.io/component: {service.Group}
                    app.kubernetes.io/part-of: {Namespace}
                spec:
                  automountServiceAccountToken: false
                  enableServiceLinks: false
                  terminationGracePeriodSeconds: {(int)Lifetime.StopLimit.TotalSeconds}
                  securityContext:
                    runAsNonRoot: true
                    runAsUser: {UserOf(service)}
                    fsGroup: {UserOf(service)}
                    seccompProfile:
                      type: RuntimeDefault

            """);
        RenderPlacement(text, service);
        RenderContainer(text, application, service);
        if (!isKept && service.Kind == PublishedKind.Server)
        {
            text.Append("      volumes:\n        - name: tmp\n          emptyDir: {}\n");
        }
        else if (service.Volume is { } volume)
        {
            text.Append($"""
                  volumeClaimTemplates:
                    - metadata:
                        name: {volume.Name}
                      spec:
                        accessModes: [ReadWriteOnce]
                        resources:
                          requests:
                            storage: 10Gi

                """);
        }
    }

    private static void RenderPlacement(StringBuilder text, PublishedService service)
    {
        if (service.Kind == PublishedKind.LoadBalancer)
        {
            text.Append($"""
                      affinity:
                        podAntiAffinity:
                          # Two on one node would be gone with it.
                          requiredDuringSchedulingIgnoredDuringExecution:
                            - topologyKey: kubernetes.io/hostname
                              labelSelector:
                                matchLabels:
                                  app.kubernetes.io/component: {service.Group}

                """);
        }
        else if (service.Replicas > 1)
        {
            text.Append($"""
                      topologySpreadConstraints:
                        - maxSkew: 1
                          topologyKey: kubernetes.io/hostname
                          whenUnsatisfiable: ScheduleAnyway
                          labelSelector:
                            matchLabels:
                              app.kubernetes.io/name: {service.Name}

                """);
        }
    }

    private static void RenderContainer(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        text.Append($"""
                  containers:
                    - name: {service.Name}
                      image: {ImageOf(service)}
                      securityContext:
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

        // What others refer to comes before them.
        var parameters = service.Environment.Values.SelectMany(PublishedText.Parameters).ToHashSet();
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
                text.Append($"            - name: {name}\n              value: \"{filled.Replace("\"", "\\\"", StringComparison.Ordinal)}\"\n");
            }
        }

        text.Append("          ports:\n");
        foreach (var endpoint in service.Endpoints)
        {
            text.Append(CultureInfo.InvariantCulture, $"            - name: {endpoint.Name}\n              containerPort: {endpoint.Port}\n");
        }

        var allocation = Allocation.Of(service);
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
                                command: [sleep, "{(int)Lifetime.LoadBalancerNotice.TotalSeconds}"]

                """);
        }

        text.Append(service switch
        {
            { Volume: { } volume } => $"          volumeMounts:\n            - name: {volume.Name}\n              mountPath: {volume.Folder}\n              # A new disk is not empty (lost+found), and PostgreSQL wants an empty folder.\n              subPath: data\n",
            { Kind: PublishedKind.Server } => "          volumeMounts:\n            - name: tmp\n              mountPath: /tmp\n",
            _ => "",
        });
    }

    private static void RenderProbes(StringBuilder text, PublishedService service)
    {
        foreach (var probe in Lifetime.ProbesOf(service))
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
    private static string Fill(PublishedApplication application, string text) => PublishedText.Fill(
        text.Replace("$(", "$$(", StringComparison.Ordinal),
        application,
        (service, endpoint) => ($"{service.Name}.$({NamespaceVariable}).svc.cluster.local", endpoint.Port),
        parameter => $"$({parameter.Variable})");

    // The users of the images: `app` of Microsoft's, `haproxy` and `postgres` of the official ones (Debian).
    private static int UserOf(PublishedService service) => service.Kind switch
    {
        PublishedKind.Server => 1654,
        PublishedKind.LoadBalancer => 99,
        _ => 999,
    };
}
