namespace Aspire.Hosting.Dashboard;

/// <summary>What the launch profile and the configuration say of the dashboard.</summary>
internal static class DashboardSettings
{
    public const string ResourceServiceKey = "AppHost:ResourceService:ApiKey";
    private const string AllowUnsecuredTransport = "ASPIRE_ALLOW_UNSECURED_TRANSPORT";

    /// <summary>Gives each of the dashboard's three doors a key of its own; the one for browsers may be given.</summary>
    public static void AddKeys(ConfigurationManager configuration) => configuration.AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["AppHost:OtlpApiKey"] = NewKey(),
        ["AppHost:BrowserToken"] = configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] is { Length: > 0 } given ? given : NewKey(),
        [ResourceServiceKey] = NewKey(),
    });

    /// <summary>Where the resource server listens: loopback, and a port of the system's choice where none is configured.</summary>
    public static string GetResourceServiceUrl(IConfiguration configuration)
        => Read(configuration, "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL") is not { } address ? "http://127.0.0.1:0"
            : new Uri(address.ToString()).IsLoopback ? address.ToString()
            : throw new ArgumentException($"ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL is {address}, but must be a local loopback address.");

    /// <summary>The addresses that the dashboard is to be reached at, by the name of the endpoint; a null address is any free port.</summary>
    public static IEnumerable<(string Name, BindingAddress? Address)> GetEndpoints(IConfiguration configuration)
        => [("http", Read(configuration, "ASPNETCORE_URLS")), (DashboardResource.OtlpEndpointName, Read(configuration, "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"))];

    private static BindingAddress? Read(IConfiguration configuration, string name)
    {
        if (configuration[name] is not { Length: > 0 } value)
        {
            return null;
        }

        if (!value.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || value.Contains(';', StringComparison.Ordinal))
        {
            throw new NotSupportedException($"{name} is {value}, but a dashboard over TLS or at several addresses is not covered by eng/offline; "
                + "use a launch profile with one http address.");
        }

        return bool.TryParse(configuration[AllowUnsecuredTransport], out var allowed) && allowed ? BindingAddress.Parse(value)
            : throw new DistributedApplicationException(
                $"{name} must be an https address unless {AllowUnsecuredTransport} is set to true, which the launch profile commonly does.");
    }

    private static string NewKey() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
