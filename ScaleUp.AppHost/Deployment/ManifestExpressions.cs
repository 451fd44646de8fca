using System.Globalization;
using System.Text.RegularExpressions;

namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// Text with holes for what only the place of deployment knows, in the form that Aspire's manifest has:
/// <c>{api.bindings.http.host}</c>, <c>{postgres-password.value}</c>
/// (https://aspire.dev/deployment/manifest-format).
/// </summary>
internal static partial class ManifestExpressions
{
    /// <summary>Whether the text has an address of this endpoint.</summary>
    public static bool Refers(string text, PublishedService service, PublishedEndpoint endpoint) =>
        text.Contains($"{{{service.Name}.bindings.{endpoint.Name}.", StringComparison.Ordinal);

    /// <summary>Whether the text has the value of a parameter, and so is a secret itself.</summary>
    public static bool IsSecret(string text) => Hole().Matches(text).Any(hole => hole.Groups["property"].Value == "value");

    /// <summary>The names of the parameters whose values the text has.</summary>
    public static IEnumerable<string> Parameters(string text) =>
        Hole().Matches(text).Where(hole => hole.Groups["property"].Value == "value").Select(hole => hole.Groups["name"].Value);

    /// <summary>Fills connection strings, which are texts themselves.</summary>
    public static string Expand(string text, Func<string, string> connectionString) =>
        Hole().Replace(text, hole => hole.Groups["property"].Value == "connectionString"
            ? Expand(connectionString(hole.Groups["name"].Value), connectionString)
            : hole.Value);

    /// <summary>Fills all holes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="application">Where the names in it are from.</param>
    /// <param name="address">The host and port under which others reach an endpoint of a service.</param>
    /// <param name="parameter">What stands for a parameter's value.</param>
    /// <exception cref="NotSupportedException">There is a hole that this does not know.</exception>
    public static string Fill(
        string text,
        PublishedApplication application,
        Func<PublishedService, PublishedEndpoint, (string Host, int Port)> address,
        Func<PublishedParameter, string> parameter) =>
        Hole().Replace(text, hole =>
        {
            var (name, property) = (hole.Groups["name"].Value, hole.Groups["property"].Value);
            if (property == "value")
            {
                return parameter(application.Parameters.Single(p => p.Name == name));
            }

            if (property.Split('.') is not ["bindings", var endpointName, var part])
            {
                throw new NotSupportedException($"{hole.Value} in '{text}' cannot be published: only addresses, connection strings and parameters can.");
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
                _ => throw new NotSupportedException($"{hole.Value} in '{text}' cannot be published: an address has host, port, targetPort and url."),
            };
        });

    [GeneratedRegex(@"\{(?<name>[A-Za-z0-9-]+)\.(?<property>[A-Za-z0-9.-]+)\}")]
    private static partial Regex Hole();
}
