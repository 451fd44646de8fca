using System.Globalization;
using System.Text.RegularExpressions;

namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// Text with placeholders for values that are known only at deployment, in the syntax of Aspire's manifest, for example
/// <c>{api.bindings.http.host}</c> or <c>{postgres-password.value}</c> (https://aspire.dev/deployment/manifest-format).
/// </summary>
internal static partial class ManifestExpressions
{
    /// <summary>Whether the text references the address of this endpoint.</summary>
    public static bool References(string text, PublishedService service, PublishedEndpoint endpoint) =>
        text.Contains($"{{{service.Name}.bindings.{endpoint.Name}.", StringComparison.Ordinal);

    /// <summary>Whether the text contains the value of a parameter, and therefore is a secret.</summary>
    public static bool IsSecret(string text) => Parameters(text).Any();

    /// <summary>The names of the parameters whose values the text contains.</summary>
    public static IEnumerable<string> Parameters(string text) =>
        Placeholder().Matches(text)
            .Where(placeholder => placeholder.Groups["property"].Value == "value")
            .Select(placeholder => placeholder.Groups["name"].Value);

    /// <summary>Replaces references to connection strings by the connection strings, which may contain placeholders themselves.</summary>
    public static string Expand(string text, Func<string, string> connectionString) =>
        Placeholder().Replace(text, placeholder => placeholder.Groups["property"].Value == "connectionString"
            ? Expand(connectionString(placeholder.Groups["name"].Value), connectionString)
            : placeholder.Value);

    /// <summary>Replaces all placeholders.</summary>
    /// <param name="text">The text.</param>
    /// <param name="application">The application whose services and parameters the placeholders name.</param>
    /// <param name="address">Returns the host and port at which other services reach an endpoint.</param>
    /// <param name="parameter">Returns the deployment target's expression for a parameter's value.</param>
    /// <exception cref="NotSupportedException">The text contains an unsupported placeholder.</exception>
    public static string Fill(
        string text,
        PublishedApplication application,
        Func<PublishedService, PublishedEndpoint, (string Host, int Port)> address,
        Func<PublishedParameter, string> parameter) =>
        Placeholder().Replace(text, placeholder =>
        {
            var (name, property) = (placeholder.Groups["name"].Value, placeholder.Groups["property"].Value);
            if (property == "value")
            {
                return parameter(application.Parameters.Single(p => p.Name == name));
            }

            if (property.Split('.') is not ["bindings", var endpointName, var part])
            {
                throw new NotSupportedException(
                    $"{placeholder.Value} in '{text}' cannot be published; only addresses, connection strings and parameters are " +
                    "supported.");
            }

            var service = application[name];
            var endpoint = service.Endpoint(endpointName);
            if (part == "targetPort")
            {
                return endpoint.Port.ToString(CultureInfo.InvariantCulture);
            }

            var (host, port) = address(service, endpoint);
            return part switch
            {
                "host" => host,
                "port" => port.ToString(CultureInfo.InvariantCulture),
                "url" => string.Create(CultureInfo.InvariantCulture, $"{endpoint.Scheme}://{host}:{port}"),
                _ => throw new NotSupportedException(
                    $"{placeholder.Value} in '{text}' cannot be published; an endpoint has only host, port, targetPort and url."),
            };
        });

    [GeneratedRegex(@"\{(?<name>[A-Za-z0-9-]+)\.(?<property>[A-Za-z0-9.-]+)\}")]
    private static partial Regex Placeholder();
}
