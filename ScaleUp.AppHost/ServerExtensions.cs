namespace ScaleUp.AppHost;

/// <summary>What the blocks of AppHost.cs have in common.</summary>
internal static class ServerExtensions
{
    /// <summary>Adds one server of a tier, with an HTTP endpoint on a free port and a readiness check.</summary>
    public static IResourceBuilder<ProjectResource> AddServer<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        // No launch profile: its port is for one server started by hand, and here are several.
        var server = builder.AddProject<TProject>(name, launchProfileName: null)
            // Not behind Aspire's proxy: it keeps the connections to a server that stops waiting for the next one to start,
            // where a load balancer has to learn at once that the server leaves, or is gone.
            .WithHttpEndpoint(isProxied: false)
            .WithHttpHealthCheck("/health")
            // Whose word about the visitor counts is said in TrustedProxies; without this, where it is deployed, anybody's would.
            .DisableForwardedHeaders()
            .WithoutCertificate()
            // The connection string is enough: its parts, as variables of their own, would only spread the password.
            .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString);

        if (builder.ExecutionContext.IsPublishMode)
        {
            // It runs as Production by itself. What it is is what all replicas have in common; each finds a name of its own (ScaleUp.ServiceDefaults/ServerName.cs).
            return server.WithEnvironment("OTEL_SERVICE_NAME", name);
        }

        return server
            .WithEnvironment("ServerName", name)
            // Without a launch profile it would run as Production here too.
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
            // Static files with long lifetimes in development too: what is cached here is what is cached in production.
            .WithEnvironment("EnableStaticAssetsDevelopmentCaching", "true");
    }

    /// <summary>
    /// TLS ends at the load balancers, which have a certificate of their own. Aspire would otherwise configure its development certificate
    /// here, and report an error on machines that have none.
    /// </summary>
    public static IResourceBuilder<T> WithoutCertificate<T>(this IResourceBuilder<T> resource)
        where T : IResourceWithEnvironment, IResourceWithArgs =>
#pragma warning disable ASPIRECERTIFICATES001 // Experimental.
        resource.WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001

    /// <summary>Adds a secret that is generated once and kept in the user secrets, with letters and digits only.</summary>
    public static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { Special = false }, secret: true, persist: true);

    /// <summary>Tells a server a secret by an environment variable.</summary>
    public static IResourceBuilder<ProjectResource> WithSecret(this IResourceBuilder<ProjectResource> server, string variable, IResourceBuilder<ParameterResource> secret) =>
        server.WithEnvironment(variable, ReferenceExpression.Create($"{secret.Resource}"));

    /// <summary>Refuses requests for other names than these, if there are any.</summary>
    public static IResourceBuilder<HAProxyClusterResource> WithAllowedHosts(this IResourceBuilder<HAProxyClusterResource> loadBalancers, IReadOnlyList<string> hosts) =>
        loadBalancers.WithSettings(settings => Array.ForEach([.. hosts], settings.Hosts.Add));

    /// <summary>Refuses bodies that are larger than any form but those for articles, as the servers do (<c>RequestValidation</c>).</summary>
    public static IResourceBuilder<HAProxyClusterResource> WithRequestBodyLimits(this IResourceBuilder<HAProxyClusterResource> loadBalancers, params string[] large) =>
        loadBalancers.WithSettings(settings =>
        {
            settings.MaxFormSize = 64 * 1024;
            settings.MaxBodySize = 1_000_000;
            Array.ForEach(large, settings.LargeFormPaths.Add);
        });

    /// <summary>Gives these requests the time that hashing a password takes (<c>Passwords:TimeLimit</c>) besides that for the database.</summary>
    public static IResourceBuilder<HAProxyClusterResource> WithSlowRequests(this IResourceBuilder<HAProxyClusterResource> loadBalancers, params string[] paths) =>
        loadBalancers.WithSettings(settings => Array.ForEach(paths, settings.SlowPaths.Add));

    /// <summary>Reads a page that this program carries with it.</summary>
    public static string ReadPage(string name)
    {
        using var reader = new StreamReader(typeof(ServerExtensions).Assembly.GetManifestResourceStream($"ScaleUp.AppHost.{name}")!);
        return reader.ReadToEnd();
    }
}
