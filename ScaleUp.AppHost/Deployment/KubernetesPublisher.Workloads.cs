using System.Globalization;
using System.Text;

namespace ScaleUp.AppHost.Deployment;

internal static partial class KubernetesPublisher
{
    private static void RenderWorkload(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        var isStateful = service.Volume is not null;
        text.Append(CultureInfo.InvariantCulture, $"""
            ---
            apiVersion: apps/v1
            kind: {(isStateful ? "StatefulSet" : "Deployment")}
            metadata:
              name: {service.Name}
            spec:
              replicas: {service.Replicas}
              selector:
                matchLabels:
                  app.kubernetes.io/name: {service.Name}

            """);
        text.Append(isStateful ? $"  serviceName: {service.Name}\n" : """
              strategy:
                rollingUpdate:
                  # Start the new pod first, because all Deployments update simultaneously, including both load balancers.
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
                  terminationGracePeriodSeconds: {(int)ShutdownSettings.StopGracePeriod.TotalSeconds}
                  securityContext:
                    runAsNonRoot: true
                    runAsUser: {UserOf(service)}
                    fsGroup: {UserOf(service)}
                    seccompProfile:
                      type: RuntimeDefault

            """);
        RenderPlacement(text, service);
        RenderContainer(text, application, service);
        if (!isStateful && service.Kind == ServiceKind.Server)
        {
            text.Append("      volumes:\n        - name: tmp\n          emptyDir: {}\n");
        }
        else if (service.Volume is { } volume)
        {
            if (ResourceRequirements.Of(service).SharedMemory is { } shared)
            {
                text.Append(CultureInfo.InvariantCulture, $"""
                          volumes:
                            - name: {SharedMemory}
                              emptyDir:
                                medium: Memory
                                sizeLimit: {shared}Mi

                    """);
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
        if (service.Kind == ServiceKind.LoadBalancer)
        {
            text.Append($"""
                      affinity:
                        podAntiAffinity:
                          # Never two load balancers on one node; a load balancer's replacement may start on the same node.
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

    // User IDs of the images: `app` in Microsoft's, `haproxy` and `postgres` in the official ones (Debian).
    private static int UserOf(PublishedService service) => service.Kind switch
    {
        ServiceKind.Server => 1654,
        ServiceKind.LoadBalancer => 99,
        _ => 999,
    };
}
