using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Adds the genuine dashboard to the application as an executable like any other, and tells where it is.</summary>
internal sealed class DashboardSubscriber(
    IConfiguration configuration, ResourceServer server, DashboardLog log, ILogger<DistributedApplication> logger)
    : IDistributedApplicationEventingSubscriber
{
    public Task SubscribeAsync(
        IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        eventing.Subscribe<BeforeStartEvent>(async (@event, stopping) =>
        {
            var dashboard = CreateResource(await server.StartAsync(stopping).ConfigureAwait(false));
            @event.Model.Resources.Insert(0, dashboard);
            eventing.Subscribe<ResourceReadyEvent>(dashboard, (_, _) => Announce(dashboard));
            log.Follow(dashboard);
        });
        return Task.CompletedTask;
    }

    private ExecutableResource CreateResource(string resourceServiceUrl)
    {
        if (configuration["SCALEUP_OFFLINE_DASHBOARD"] is not { Length: > 0 } program || !File.Exists(program))
        {
            throw new DistributedApplicationException(
                "SCALEUP_OFFLINE_DASHBOARD does not name the dashboard's program (aspire-managed). eng/offline/prepare.sh unpacks it and sets it.");
        }

        var dashboard = new ExecutableResource("aspire-dashboard", program, Path.GetDirectoryName(program)!);
        dashboard.Annotations.Add(new CommandLineArgsCallbackAnnotation(context =>
        {
            context.Args.Add("dashboard");
            return Task.CompletedTask;
        }));
        foreach (var (name, address) in DashboardSettings.GetEndpoints(configuration))
        {
            dashboard.Annotations.Add(new EndpointAnnotation(
                ProtocolType.Tcp, uriScheme: "http", transport: name == "otlp-grpc" ? "http2" : null, name: name, port: address?.Port)
            {
                TargetHost = address?.Host ?? "localhost",
            });
        }

        dashboard.Annotations.Add(new EnvironmentCallbackAnnotation(context => SetEnvironment(context, dashboard, resourceServiceUrl)));
        dashboard.Annotations.Add(new ResourceIconAnnotation("ContentView"));
        dashboard.Annotations.Add(new ResourceSnapshotAnnotation(new()
        {
            ResourceType = KnownResourceTypes.Executable,
            Properties = [],
            IsHidden = configuration["ASPIRE_SHOW_DASHBOARD_RESOURCES"] is not ("true" or "True"),
        }));
        return dashboard;
    }

    private Task SetEnvironment(EnvironmentCallbackContext context, ExecutableResource dashboard, string resourceServiceUrl)
    {
        var variables = context.EnvironmentVariables;
        foreach (var (name, value) in configuration.AsEnumerable())
        {
            if (name.StartsWith("ASPIRE_DASHBOARD_", StringComparison.OrdinalIgnoreCase) && value is not null)
            {
                variables[name] = value;
            }
        }

        variables["ASPNETCORE_ENVIRONMENT"] = configuration["ASPNETCORE_ENVIRONMENT"] ?? "Production";
        variables["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = resourceServiceUrl;
        // DCP's proxy has the public port, so the dashboard is told both where to listen and what to call itself.
        variables["ASPNETCORE_URLS"] = ListenAddress(dashboard, "http");
        variables["DASHBOARD__FRONTEND__PUBLICURL"] = dashboard.GetEndpoint("http");
        foreach (var (name, variable) in new[]
        {
            ("otlp-grpc", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"), ("otlp-http", "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"),
        })
        {
            if (dashboard.GetEndpoint(name).Exists)
            {
                variables[variable] = ListenAddress(dashboard, name);
            }
        }

        Authenticate("FRONTEND", "BrowserToken", "BROWSERTOKEN", configuration["AppHost:BrowserToken"]);
        Authenticate("RESOURCESERVICECLIENT", "ApiKey", "APIKEY", DashboardSettings.GetResourceServiceKey(configuration));
        Authenticate("OTLP", "ApiKey", "PRIMARYAPIKEY", configuration["AppHost:OtlpApiKey"]);
        foreach (var (name, value) in DashboardLog.Environment)
        {
            variables[name] = value;
        }

        return Task.CompletedTask;

        void Authenticate(string section, string mode, string keyName, string? key)
        {
            variables[$"DASHBOARD__{section}__AUTHMODE"] = string.IsNullOrEmpty(key) ? "Unsecured" : mode;
            if (!string.IsNullOrEmpty(key))
            {
                variables[$"DASHBOARD__{section}__{keyName}"] = key;
            }
        }
    }

    private static ReferenceExpression ListenAddress(ExecutableResource dashboard, string name)
    {
        var endpoint = dashboard.GetEndpoint(name);
        return ReferenceExpression.Create($"http://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");
    }

    private Task Announce(ExecutableResource dashboard)
    {
        var url = dashboard.GetEndpoint("http").Url;
        logger.LogInformation("Now listening on: {DashboardUrl}", url);
        // `dotnet watch` and people's scripts look for this line.
        logger.LogInformation("Login to the dashboard at {LoginUrl}",
            configuration["AppHost:BrowserToken"] is { Length: > 0 } token ? $"{url}/login?t={token}" : url);
        return Task.CompletedTask;
    }
}
