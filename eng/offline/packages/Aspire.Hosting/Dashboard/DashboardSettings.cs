using System.Security.Cryptography;
using Aspire.Hosting.Lifecycle;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>What the launch profile and the configuration say of the dashboard.</summary>
internal static class DashboardSettings
{
    private const string AllowUnsecuredTransport = "ASPIRE_ALLOW_UNSECURED_TRANSPORT";
    private const string ResourceServiceUrl = "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL";
    private const string OtlpGrpcUrl = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL";
    private const string OtlpHttpUrl = "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL";

    /// <summary>Adds the dashboard and its keys to an AppHost that does not do without it.</summary>
    public static void AddDashboard(this IServiceCollection services, IDistributedApplicationBuilder builder, DistributedApplicationOptions options)
    {
        var configuration = builder.Configuration;
        var keys = new Dictionary<string, string?> { ["AppHost:ResourceService:AuthMode"] = "Unsecured" };
        if (!bool.TryParse(Read(configuration, "ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"), out var anonymous) || !anonymous)
        {
            keys["AppHost:OtlpApiKey"] = configuration["AppHost:OtlpApiKey"] ?? NewKey();
            keys["AppHost:BrowserToken"] = Read(configuration, "ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN") ?? NewKey();
            keys["AppHost:ResourceService:AuthMode"] = "ApiKey";
            keys["AppHost:ResourceService:ApiKey"] = Read(configuration, "ASPIRE_DASHBOARD_RESOURCESERVICE_APIKEY") ?? NewKey();
        }

        if (options.AllowUnsecuredTransport)
        {
            keys[AllowUnsecuredTransport] = "true";
        }

        configuration.AddInMemoryCollection(keys);
        // The resource server would announce each of the dashboard's calls among the AppHost's own messages.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning));
        services.AddSingleton<ResourceServer>().AddSingleton<DashboardLog>();
        services.AddEventingSubscriber<DashboardSubscriber>();
    }

    public static string? GetResourceServiceKey(IConfiguration configuration)
        => configuration["AppHost:ResourceService:AuthMode"] == "ApiKey" ? configuration["AppHost:ResourceService:ApiKey"] : null;

    /// <summary>Where the resource server listens: loopback, and a port of the system's choice where none is configured or ports are random.</summary>
    public static string GetResourceServiceUrl(IConfiguration configuration)
    {
        if (Read(configuration, ResourceServiceUrl) is not { } configured)
        {
            return "http://127.0.0.1:0";
        }

        var url = RequireHttp(configuration, ResourceServiceUrl, configured);
        if (!new Uri(configured).IsLoopback)
        {
            throw new ArgumentException($"{ResourceServiceUrl} must contain a local loopback address.");
        }

        return url.Port == 0 || configuration["DcpPublisher:RandomizePorts"] is "true" or "True" ? "http://127.0.0.1:0" : configured;
    }

    /// <summary>The addresses that the dashboard is to be reached at, by the name of the endpoint; a null address is any free port.</summary>
    public static IEnumerable<(string Name, BindingAddress? Address)> GetEndpoints(IConfiguration configuration)
    {
        var pages = configuration["ASPNETCORE_URLS"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        yield return ("http", pages is [var first, ..] ? RequireHttp(configuration, "ASPNETCORE_URLS", first) : null);

        var grpc = Read(configuration, OtlpGrpcUrl);
        var http = Read(configuration, OtlpHttpUrl);
        if (grpc is not null || http is null)
        {
            yield return ("otlp-grpc", grpc is null ? null : RequireHttp(configuration, OtlpGrpcUrl, grpc));
        }

        if (http is not null || grpc is null)
        {
            yield return ("otlp-http", http is null ? null : RequireHttp(configuration, OtlpHttpUrl, http));
        }
    }

    // Names that begin with ASPIRE_ began with DOTNET_ in older launch profiles.
    private static string? Read(IConfiguration configuration, string name)
        => configuration[name] is { Length: > 0 } value ? value
            : configuration[$"DOTNET_{name["ASPIRE_".Length..]}"] is { Length: > 0 } older ? older : null;

    private static BindingAddress RequireHttp(IConfiguration configuration, string name, string value)
    {
        var address = BindingAddress.Parse(value);
        if (address.Scheme != "http")
        {
            throw new NotSupportedException(
                $"{name} is {value}, but the dashboard over TLS is not covered by eng/offline; use a launch profile with http addresses.");
        }

        if (!bool.TryParse(configuration[AllowUnsecuredTransport], out var allowed) || !allowed)
        {
            throw new DistributedApplicationException(
                $"{name} must be an https address unless {AllowUnsecuredTransport} is set to true, which the launch profile commonly does.");
        }

        return address;
    }

    private static string NewKey() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
