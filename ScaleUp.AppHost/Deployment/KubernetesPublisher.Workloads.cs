using System.Globalization;
using System.Text;

namespace ScaleUp.AppHost.Deployment;

internal static partial class KubernetesPublisher
{
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
        text.Append(isKept ? $"  serviceName: {service.Name}\n" : """
              strategy:
                rollingUpdate:
                  # The new one first. (A new version comes to all Deployments at once: load balancers must not rely on each other then.)
                  maxUnavailable: 0
                  maxSurge: 1

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
                  terminationGracePeriodSeconds: {(int)ShutdownSettings.StopLimit.TotalSeconds}
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
            if (ResourceRequirements.Of(service).SharedMemory is { } shared)
            {
                text.Append(CultureInfo.InvariantCulture, $"      volumes:\n        - name: {SharedMemory}\n          emptyDir:\n            medium: Memory\n            sizeLimit: {shared}Mi\n");
            }

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
                          # Two on one node would be gone with it. Its own successor may come to where it is.
                          requiredDuringSchedulingIgnoredDuringExecution:
                            - topologyKey: kubernetes.io/hostname
                              labelSelector:
                                matchLabels:
                                  app.kubernetes.io/component: {service.Group}
                                matchExpressions:
                                  - key: app.kubernetes.io/name
                                    operator: NotIn
                                    values: [{service.Name}]

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

    // The users of the images: `app` of Microsoft's, `haproxy` and `postgres` of the official ones (Debian).
    private static int UserOf(PublishedService service) => service.Kind switch
    {
        PublishedKind.Server => 1654,
        PublishedKind.LoadBalancer => 99,
        _ => 999,
    };
}
