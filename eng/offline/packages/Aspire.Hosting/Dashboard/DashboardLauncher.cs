namespace Aspire.Hosting.Dashboard;

/// <summary>Adds the genuine dashboard to the application as a process like any other, and tells where it is.</summary>
internal sealed class DashboardLauncher(IConfiguration configuration, ResourceServer server, IDistributedApplicationEventing eventing,
    ResourceLoggerService loggers, IHostApplicationLifetime lifetime, ILoggerFactory factory)
{
    private readonly ILogger _logger = factory.CreateLogger<DistributedApplication>();

    public async Task AddAsync(DistributedApplicationModel model, CancellationToken cancellationToken)
    {
        if (configuration["SCALEUP_OFFLINE_DASHBOARD"] is not { Length: > 0 } program || !File.Exists(program))
        {
            throw new DistributedApplicationException(
                "SCALEUP_OFFLINE_DASHBOARD does not name the dashboard's program (aspire-managed). eng/offline/prepare.sh unpacks it and sets it.");
        }

        var dashboard = new DashboardResource(program);
        foreach (var (name, address) in DashboardSettings.GetEndpoints(configuration))
        {
            dashboard.Annotations.Add(new EndpointAnnotation(name) { UriScheme = "http", TargetHost = address?.Host ?? "localhost", Port = address?.Port });
        }

        var resourceServiceUrl = await server.StartAsync(cancellationToken).ConfigureAwait(false);
        dashboard.Annotations.Add(new EnvironmentCallbackAnnotation(
            Callbacks.Of<EnvironmentCallbackContext>(context => SetEnvironment(context.EnvironmentVariables, dashboard, resourceServiceUrl))));
        dashboard.Annotations.Add(new ResourceSnapshotAnnotation(new() { ResourceType = KnownResourceTypes.Executable, Properties = [], IsHidden = true }));
        model.Resources.Insert(0, dashboard);
        eventing.Subscribe<ResourceReadyEvent>(dashboard, (_, _) => Announce(dashboard));
        _ = ForwardLogAsync(dashboard, lifetime.ApplicationStopping);
    }

    private void SetEnvironment(Dictionary<string, object> variables, DashboardResource dashboard, string resourceServiceUrl)
    {
        variables["ASPNETCORE_ENVIRONMENT"] = configuration["ASPNETCORE_ENVIRONMENT"] ?? "Production";
        variables["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = resourceServiceUrl;
        // DCP's proxy has the public port, so the dashboard is told both where to listen and what to call itself.
        variables["ASPNETCORE_URLS"] = ListenAddress(dashboard, "http");
        variables["DASHBOARD__FRONTEND__PUBLICURL"] = dashboard.GetEndpoint("http");
        variables["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = ListenAddress(dashboard, DashboardResource.OtlpEndpointName);
        foreach (var (section, mode, name, key) in new[]
        {
            ("FRONTEND", "BrowserToken", "BROWSERTOKEN", "AppHost:BrowserToken"),
            ("RESOURCESERVICECLIENT", "ApiKey", "APIKEY", DashboardSettings.ResourceServiceKey),
            ("OTLP", "ApiKey", "PRIMARYAPIKEY", "AppHost:OtlpApiKey"),
        })
        {
            variables[$"DASHBOARD__{section}__AUTHMODE"] = mode;
            variables[$"DASHBOARD__{section}__{name}"] = configuration[key]!;
        }

        // One line per message, `<4>category[0] text`, and only those that matter here.
        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "systemd";
        variables["LOGGING__LOGLEVEL__DEFAULT"] = "Error";
        variables["LOGGING__LOGLEVEL__ASPIRE"] = "Warning";
    }

    private static ReferenceExpression ListenAddress(DashboardResource dashboard, string name)
    {
        var endpoint = dashboard.GetEndpoint(name);
        return ReferenceExpression.Create($"http://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");
    }

    private Task Announce(DashboardResource dashboard)
    {
        var url = dashboard.GetEndpoint("http").Url;
        _logger.LogInformation("Now listening on: {DashboardUrl}", url);
        // `dotnet watch` and people's scripts look for this line.
        _logger.LogInformation("Login to the dashboard at {LoginUrl}", $"{url}/login?t={configuration["AppHost:BrowserToken"]}");
        return Task.CompletedTask;
    }

    // The dashboard's warnings and errors go to the AppHost's log: it cannot show itself why it does not come up.
    private async Task ForwardLogAsync(DashboardResource dashboard, CancellationToken cancellationToken)
    {
        await foreach (var lines in loggers.WatchAsync(dashboard.InstanceId()).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            // Lines of the orchestrator itself come in between.
            foreach (var line in lines.Where(line => !line.Content.Contains(" [sys] ", StringComparison.Ordinal)))
            {
                _logger.Log(line.Content.Contains("<4>", StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Error, "Dashboard: {Line}", line.Content);
            }
        }
    }
}
