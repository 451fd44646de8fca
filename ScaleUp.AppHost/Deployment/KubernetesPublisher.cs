using System.Globalization;
using System.Text;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// A folder for <c>kubectl apply -k</c> (https://kubectl.docs.kubernetes.io/references/kustomize). Kubernetes has no way to bring the
/// configuration of the load balancers into a container that would not be one more thing to keep in step, so it is in their image.
/// </summary>
internal static partial class KubernetesPublisher
{
    private const string Namespace = "scaleup";
    private const string LoadBalancerImage = "scaleup-lb";
    private const string ImageFolder = "load-balancer";
    private const string SecretsFile = "secrets.env";

    public static IEnumerable<PublishedFile> Render(PublishedApplication application)
    {
        yield return new("kustomization.yaml", RenderKustomization(application));
        yield return new("namespace.yaml", NamespaceText);
        foreach (var group in application.Services.GroupBy(service => service.Group))
        {
            yield return new($"{group.Key}.yaml", RenderGroup(application, group.Key, [.. group]));
        }

        yield return new("network-policies.yaml", RenderNetworkPolicies(application));
        if (application.Services.FirstOrDefault(service => service.Kind == PublishedKind.LoadBalancer) is { } loadBalancer)
        {
            yield return new($"{ImageFolder}/Dockerfile", $"FROM {loadBalancer.Image}\nCOPY {HAProxyConfiguration.FileName} {HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}\n");
            yield return new($"{ImageFolder}/{HAProxyConfiguration.FileName}", loadBalancer.Configuration);
        }

        yield return EnvironmentFile.Render(application, SecretsFile);
    }

    private static string RenderKustomization(PublishedApplication application)
    {
        var text = new StringBuilder($"""
            # Written by the AppHost from its topology; edit there, not here.
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            namespace: {Namespace}
            resources:
              - namespace.yaml

            """);
        foreach (var group in application.Services.Select(service => service.Group).Distinct())
        {
            text.Append($"  - {group}.yaml\n");
        }

        text.Append("  - network-policies.yaml\n\n# Where the images are, and which: `kustomize edit set image scaleup-web=registry.example.com/scaleup-web:1.2`.\nimages:\n");
        foreach (var image in application.Services.Where(service => service.Kind != PublishedKind.Database).Select(ImageOf).Distinct())
        {
            text.Append($"  - name: {image}\n    newTag: latest\n");
        }

        if (application.Parameters.Count > 0)
        {
            text.Append($"\nsecretGenerator:\n  - name: {Namespace}\n    envs: [{SecretsFile}]\n");
        }

        return text.Replace("\r\n", "\n").ToString();
    }

    private const string NamespaceText = $"""
        # Written by the AppHost; edit there, not here.
        apiVersion: v1
        kind: Namespace
        metadata:
          name: {Namespace}
          labels:
            # Nothing here is root, or may become it.
            pod-security.kubernetes.io/enforce: restricted

        """;

    private static string RenderGroup(PublishedApplication application, string name, PublishedService[] services)
    {
        var text = new StringBuilder("# Written by the AppHost from its topology; edit there, not here.\n");
        foreach (var service in services)
        {
            RenderWorkload(text, application, service);
            RenderService(text, application, service);
        }

        if (services.SelectMany(service => service.Endpoints).FirstOrDefault(endpoint => endpoint.IsExternal) is { } way)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                ---
                # The one name for visitors. Local: a load balancer sees who they are, and not the node that they came by.
                apiVersion: v1
                kind: Service
                metadata:
                  name: {name}
                spec:
                  type: LoadBalancer
                  externalTrafficPolicy: Local
                  selector:
                    app.kubernetes.io/component: {name}
                  ports:
                    - name: {way.Name}
                      port: 80
                      targetPort: {way.Port}

                """);
        }

        var replicas = services.Sum(service => service.Replicas);
        if (replicas > 1)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                ---
                # Whoever empties a node takes one at a time.
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata:
                  name: {name}
                spec:
                  minAvailable: {replicas - 1}
                  selector:
                    matchLabels:
                      app.kubernetes.io/component: {name}

                """);
        }

        return text.Replace("\r\n", "\n").ToString();
    }

    // Without an address of its own: whoever asks for the name gets the addresses of all replicas. Also of those that are not ready,
    // since the load balancers ask them themselves, and quicker than Kubernetes does.
    private static void RenderService(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        text.Append($"""
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: {service.Name}
            spec:
              clusterIP: None
              publishNotReadyAddresses: true
              selector:
                app.kubernetes.io/name: {service.Name}
              ports:

            """);
        foreach (var endpoint in application.CallersOf(service).Select(call => call.Endpoint).Distinct())
        {
            text.Append(CultureInfo.InvariantCulture, $"    - name: {endpoint.Name}\n      port: {endpoint.Port}\n");
        }
    }

    private static string ImageOf(PublishedService service) => service.Kind switch
    {
        PublishedKind.Server => service.Repository,
        PublishedKind.LoadBalancer => LoadBalancerImage,
        _ => service.Image,
    };
}
