using System.Globalization;
using System.Text;

namespace ScaleUp.AppHost.Deployment;

/// <summary>The description of a service as a container app, https://learn.microsoft.com/azure/templates/microsoft.app/containerapps.</summary>
internal static partial class ContainerAppBicep
{
    private const int IngressPort = 80;

    // Whom the ingress of Container Apps speaks from: private addresses, and those that carriers share.
    private const string IngressNetworks = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7";

    /// <summary>The parameters of a service's file, with the expressions that azd fills.</summary>
    public static IEnumerable<(string Name, string Value)> Parameters(PublishedApplication application, PublishedService service, string environment)
    {
        yield return ("environmentId", $"{{{environment}.outputs.AZURE_CONTAINER_APPS_ENVIRONMENT_ID}}");
        if (CallsByDomain(application, service))
        {
            yield return ("environmentDomain", $"{{{environment}.outputs.AZURE_CONTAINER_APPS_ENVIRONMENT_DEFAULT_DOMAIN}}");
        }

        if (IsBuilt(service))
        {
            yield return ("registryEndpoint", $"{{{environment}.outputs.AZURE_CONTAINER_REGISTRY_ENDPOINT}}");
            yield return ("registryIdentityId", $"{{{environment}.outputs.AZURE_CONTAINER_REGISTRY_MANAGED_IDENTITY_ID}}");
            yield return ("image", $"{{{service.Name}.containerImage}}");
        }

        foreach (var parameter in ParametersOf(application, service))
        {
            yield return (Identifier(parameter), $"{{{parameter.Name}.value}}");
        }
    }

    public static string Render(PublishedApplication application, PublishedService service)
    {
        var text = new StringBuilder($"""
            // Written by the AppHost from its topology; edit there, not here.
            param location string = resourceGroup().location
            param environmentId string

            """);
        if (CallsByDomain(application, service))
        {
            text.Append("param environmentDomain string\n");
        }

        if (IsBuilt(service))
        {
            text.Append("""
                param registryEndpoint string
                param registryIdentityId string
                param image string

                """);
        }

        foreach (var parameter in ParametersOf(application, service))
        {
            text.Append(CultureInfo.InvariantCulture, $"@secure()\nparam {Identifier(parameter)} string\n");
        }

        text.Append($$"""

            resource app 'Microsoft.App/containerApps@2025-01-01' = {
              name: '{{service.Name}}'
              location: location

            """);
        if (IsBuilt(service))
        {
            text.Append("""
                  identity: {
                    type: 'UserAssigned'
                    userAssignedIdentities: {
                      '${registryIdentityId}': {}
                    }
                  }

                """);
        }

        text.Append("""
              properties: {
                environmentId: environmentId
                configuration: {
                  activeRevisionsMode: 'Single'

            """);
        RenderIngress(text, service);
        if (IsBuilt(service))
        {
            text.Append("""
                      registries: [
                        { server: registryEndpoint, identity: registryIdentityId }
                      ]

                """);
        }

        RenderSecrets(text, application, service);
        text.Append("    }\n");
        RenderTemplate(text, application, service);
        return text.Append("  }\n}\n").Replace("\r\n", "\n").ToString();
    }

    private static void RenderIngress(StringBuilder text, PublishedService service)
    {
        var main = MainEndpoint(service);
        text.Append(main.Scheme == "http" ? $$"""
                  ingress: {
                    external: {{(main.IsExternal ? "true" : "false")}}
                    transport: 'http'
                    targetPort: {{main.Port}}
                    // Inside, load balancers speak in clear text; visitors who do so are sent to the encrypted address.
                    allowInsecure: {{(main.IsExternal ? "false" : "true")}}

            """ : $$"""
                  ingress: {
                    external: false
                    transport: 'tcp'
                    targetPort: {{main.Port}}
                    exposedPort: {{main.Port}}

            """);
        var others = service.Endpoints.Where(endpoint => endpoint.Port != main.Port).ToArray();
        if (others.Length > 0)
        {
            text.Append("        additionalPortMappings: [\n");
            foreach (var endpoint in others)
            {
                text.Append(CultureInfo.InvariantCulture, $"          {{ external: false, targetPort: {endpoint.Port}, exposedPort: {endpoint.Port} }}\n");
            }

            text.Append("        ]\n");
        }

        text.Append("      }\n");
    }

    private static void RenderSecrets(StringBuilder text, PublishedApplication application, PublishedService service)
    {
        var secrets = service.Environment.Where(variable => ManifestExpressions.IsSecret(variable.Value)).ToArray();
        if (secrets.Length > 0)
        {
            text.Append("      secrets: [\n");
            foreach (var (name, value) in secrets)
            {
                var quoted = Quote(application, value);
                text.Append(IsIdentifier(quoted) ? "" : """
                            // A secret in a text is no less of one, but Bicep takes it for less.
                            #disable-next-line use-secure-value-for-secure-inputs

                    """);
                text.Append($"        {{ name: '{SecretName(name)}', value: {quoted} }}\n");
            }

            text.Append("      ]\n");
        }
    }

    // The endpoint that the app's own ingress leads to: visitors', or the first. The others get ports of their own.
    private static PublishedEndpoint MainEndpoint(PublishedService service) =>
        service.Endpoints.FirstOrDefault(endpoint => endpoint.IsExternal) ?? service.Endpoints[0];

    private static (string Host, int Port) Address(PublishedService service, PublishedEndpoint endpoint) =>
        endpoint != MainEndpoint(service) || endpoint.Scheme != "http" ? (service.Name, endpoint.Port)
        : endpoint.IsExternal ? ($"{service.Name}.${{environmentDomain}}", IngressPort)
        : ($"{service.Name}.internal.${{environmentDomain}}", IngressPort);

    // A text, or just the name of the parameter that it is.
    private static string Quote(PublishedApplication application, string text)
    {
        var filled = ManifestExpressions.Fill(text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal), application, Address, parameter => $"${{{Identifier(parameter)}}}");
        return filled.StartsWith("${", StringComparison.Ordinal) && IsIdentifier(filled[2..^1]) ? filled[2..^1] : $"'{filled}'";
    }

    private static bool IsIdentifier(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    // Bicep warns of a parameter that nothing uses.
    private static bool CallsByDomain(PublishedApplication application, PublishedService service) =>
        service.Environment.Values.Any(text => Quote(application, text).Contains("${environmentDomain}", StringComparison.Ordinal));

    private static bool IsBuilt(PublishedService service) => service.Kind is not PublishedKind.Database;

    private static IEnumerable<PublishedParameter> ParametersOf(PublishedApplication application, PublishedService service)
    {
        var names = service.Environment.Values.SelectMany(ManifestExpressions.Parameters).ToHashSet();
        return application.Parameters.Where(parameter => names.Contains(parameter.Name));
    }

    private static string Identifier(PublishedParameter parameter) => parameter.Name.Replace('-', '_');

    private static string SecretName(string variable) => variable.Replace('_', '-').ToLowerInvariant();
}
