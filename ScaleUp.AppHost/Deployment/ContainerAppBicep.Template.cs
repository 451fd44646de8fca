using System.Globalization;
using System.Text;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost.Deployment;

internal static partial class ContainerAppBicep
{
    private const int MaxFailures = 10;

    /// <summary>
    /// Runs HAProxy so that SIGTERM, on which it would stop immediately, stops it gracefully. Container Apps has no <c>preStop</c> hook and
    /// sends SIGTERM (https://learn.microsoft.com/azure/container-apps/application-lifecycle-management#shutdown), according to one report
    /// to every process of the container (https://github.com/microsoft/azure-container-apps/issues/1493). So HAProxy ignores SIGTERM, and
    /// the parent shell sends it SIGUSR1. HAProxy runs without a master process, which would forward SIGTERM and is needed only for
    /// reloads.
    /// </summary>
    internal const string LoadBalancerCommand =
        $"trap \"\" TERM; haproxy -db -f {HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName} & " +
        "trap \"kill -USR1 $!\" TERM USR1; while kill -0 $!; do wait $!; done 2>/dev/null";

    private static void RenderTemplate(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        var quarters = ResourceRequirements.Of(service).ContainerAppQuarters;
        text.Append(CultureInfo.InvariantCulture, $$"""
                template: {
                  terminationGracePeriodSeconds: {{(int)ShutdownSettings.StopGracePeriod.TotalSeconds}}
                  containers: [
                    {
                      name: '{{service.Name}}'
                      image: {{(IsBuilt(service) ? "image" : $"'{service.Image}'")}}
                      resources: { cpu: json('{{quarters / 4m:0.##}}'), memory: '{{quarters / 2m:0.#}}Gi' }

            """);
        if (service.Kind == ServiceKind.LoadBalancer)
        {
            text.Append($"""
                          // Graceful stop: HAProxy needs SIGUSR1, but Container Apps sends SIGTERM, possibly to every process.
                          command: ['sh', '-c', '{LoadBalancerCommand}']

                """);
        }

        if (service.Command is [var program, .. var arguments])
        {
            text.Append($"          command: [{Quote(application, program)}]\n          args: [\n");
            foreach (var argument in arguments)
            {
                // Between three quotes nothing has another meaning, and the first line break is not part of the text.
                text.Append(argument.Contains('\n', StringComparison.Ordinal) ? $"            '''\n{argument}'''\n" : $"            {Quote(application, argument)}\n");
            }

            text.Append("          ]\n");
        }

        text.Append("          env: [\n");
        foreach (var (name, value) in service.Environment)
        {
            text.Append(ManifestExpressions.IsSecret(value)
                ? $"            {{ name: '{name}', secretRef: '{SecretName(name)}' }}\n"
                : $"            {{ name: '{name}', value: {Quote(application, value)} }}\n");
        }

        if (service.Kind == ServiceKind.LoadBalancer)
        {
            var delay = (int)ShutdownSettings.IngressDrainDelay.TotalSeconds;
            text.Append(CultureInfo.InvariantCulture, $$"""
                            { name: '{{HAProxyConfiguration.AddressesVariable}}', value: 'shared' }
                            { name: '{{HAProxyConfiguration.FrontProxiesVariable}}', value: '{{IngressNetworks}}' }
                            { name: '{{HAProxyConfiguration.GraceVariable}}', value: '{{delay}}s' }

                """);
        }
        else if (service.Kind == ServiceKind.Server)
        {
            text.Append(
                CultureInfo.InvariantCulture, $"            {{ name: 'Drain__Delay', value: '{ShutdownSettings.IngressDrainDelay}' }}\n");
        }

        text.Append("          ]\n");
        RenderProbes(text, service);
        if (service.Volume is { } volume)
        {
            text.Append($$"""
                          volumeMounts: [
                            { volumeName: '{{volume.Name}}', mountPath: '{{volume.Folder}}' }
                          ]

                """);
        }

        text.Append(CultureInfo.InvariantCulture, $$"""
                    }
                  ]
                  scale: {
                    minReplicas: {{service.Replicas}}
                    maxReplicas: {{service.Replicas}}
                  }

            """);
        if (service.Volume is { } kept)
        {
            text.Append($$"""
                      // The data exist as long as this replica. A file share would persist, but PostgreSQL does not support it.
                      volumes: [
                        { name: '{{kept.Name}}', storageType: 'EmptyDir' }
                      ]

                """);
        }

        text.Append("    }\n");
    }

    private static void RenderProbes(StringBuilder text, PublishedService service)
    {
        text.Append("          probes: [\n");
        foreach (var probe in ShutdownSettings.ProbesOf(service).Select(Limited))
        {
            var check = probe.Path is null
                ? $"tcpSocket: {{ port: {probe.Port} }}"
                : $"httpGet: {{ path: '{probe.Path}', port: {probe.Port} }}";
            text.Append(CultureInfo.InvariantCulture, $"            {{ type: '{probe.Kind}', {check}, ")
                .Append(CultureInfo.InvariantCulture, $"periodSeconds: {probe.PeriodSeconds}, timeoutSeconds: {probe.TimeoutSeconds}, ")
                .Append(CultureInfo.InvariantCulture, $"failureThreshold: {probe.Failures} }}\n");
        }

        text.Append("          ]\n");
    }

    // Container Apps limits failureThreshold to 10, so longer periods keep the total time.
    private static Probe Limited(Probe probe) => probe.Failures <= MaxFailures ? probe
        : probe with { Failures = MaxFailures, PeriodSeconds = (probe.PeriodSeconds * probe.Failures + MaxFailures - 1) / MaxFailures };

    /// <summary>
    /// Renders the environment that all container apps share: Aspire's dashboard, an image registry, an identity with pull access to it,
    /// and logs.
    /// </summary>
    public static string RenderEnvironment() => """
        // Generated by the AppHost; don't edit.
        param location string = resourceGroup().location
        // azd passes this to environments. It is unused, because the user needs no additional roles.
        #disable-next-line no-unused-params
        param userPrincipalId string = ''

        var suffix = uniqueString(resourceGroup().id)
        var acrPull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')

        resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
          name: 'id-${suffix}'
          location: location
        }

        resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
          name: 'acr${suffix}'
          location: location
          sku: {
            name: 'Basic'
          }
        }

        resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
          name: guid(registry.id, identity.id, acrPull)
          scope: registry
          properties: {
            principalId: identity.properties.principalId
            principalType: 'ServicePrincipal'
            roleDefinitionId: acrPull
          }
        }

        resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
          name: 'log-${suffix}'
          location: location
          properties: {
            sku: {
              name: 'PerGB2018'
            }
          }
        }

        resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
          name: 'cae-${suffix}'
          location: location
          properties: {
            appLogsConfiguration: {
              destination: 'log-analytics'
              logAnalyticsConfiguration: {
                customerId: logs.properties.customerId
                sharedKey: logs.listKeys().primarySharedKey
              }
            }
            workloadProfiles: [
              {
                name: 'Consumption'
                workloadProfileType: 'Consumption'
              }
            ]
          }
        }

        resource dashboard 'Microsoft.App/managedEnvironments/dotNetComponents@2025-10-02-preview' = {
          name: 'aspire-dashboard'
          parent: environment
          properties: {
            componentType: 'AspireDashboard'
          }
        }

        output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.properties.loginServer
        output AZURE_CONTAINER_REGISTRY_MANAGED_IDENTITY_ID string = identity.id
        output AZURE_CONTAINER_APPS_ENVIRONMENT_ID string = environment.id
        output AZURE_CONTAINER_APPS_ENVIRONMENT_DEFAULT_DOMAIN string = environment.properties.defaultDomain

        """.ReplaceLineEndings("\n");
}
