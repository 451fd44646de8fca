namespace ScaleUp.AppHost;

/// <summary>Web and application servers: projects that run behind the load balancers.</summary>
internal static class ServerExtensions
{
    /// <summary>Adds a tier of servers, all with the same settings.</summary>
    public static IResourceBuilder<ReplicaGroupResource> AddReplicas<TProject>(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, ReplicaOptions options)
        where TProject : IProjectMetadata, new() =>
        builder.AddReplicas(name, options.Replicas, builder.AddServer<TProject>, options.MaxReplicas);

    /// <summary>Adds one server of a tier, with an HTTP endpoint on a free port and a readiness check.</summary>
    public static IResourceBuilder<ProjectResource> AddServer<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        // No launch profile: its fixed port would be taken by the first replica.
        var server = builder.AddProject<TProject>(name, launchProfileName: null)
            // Aspire's proxy accepts connections for a server that is gone, so load balancers would notice its loss too late.
            .WithHttpEndpoint(isProxied: false)
            .WithHttpHealthCheck("/health")
            // Aspire would trust forwarded headers from every address; the servers trust the load balancers' networks only.
            .DisableForwardedHeaders()
            .WithEnvironment("TrustedProxies", string.Join(';', builder.GetHAProxyNetworks()))
            .WithoutCertificate()
            // The connection string is enough; its parts as separate variables would only spread the password.
            .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString);

        if (builder.ExecutionContext.IsPublishMode)
        {
            // OTEL_SERVICE_NAME is shared by all replicas; ServerName identifies the instance.
            return server.WithEnvironment("OTEL_SERVICE_NAME", name);
        }

        return server
            .WithEnvironment("ServerName", name)
            // Without a launch profile the environment would be Production.
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
            // Serve static files with the cache lifetimes of production.
            .WithEnvironment("EnableStaticAssetsDevelopmentCaching", "true");
    }

    /// <summary>
    /// Configures no TLS certificate. TLS ends at the load balancers; Aspire's development certificate would be unused, and its absence an
    /// error on machines that have none.
    /// </summary>
    public static IResourceBuilder<T> WithoutCertificate<T>(this IResourceBuilder<T> resource)
        where T : IResourceWithEnvironment, IResourceWithArgs =>
#pragma warning disable ASPIRECERTIFICATES001 // Experimental.
        resource.WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001

    /// <summary>Adds a secret parameter. Its default value is generated once, of letters and digits, and kept in the user secrets.</summary>
    public static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { Special = false }, secret: true, persist: true);
}
