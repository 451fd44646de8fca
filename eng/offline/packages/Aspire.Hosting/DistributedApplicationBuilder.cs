namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private static readonly Dictionary<string, string> _switches = new()
    {
        ["--operation"] = "AppHost:Operation", ["--publisher"] = "Publishing:Publisher", ["--output-path"] = DistributedApplicationPipeline.OutputSetting,
    };

    private readonly HostApplicationBuilder _host;
    private readonly DistributedApplicationPipeline _pipeline;

    public DistributedApplicationBuilder(string[] args)
    {
        var settings = new HostApplicationBuilderSettings { Args = args, Configuration = new() };
        settings.Configuration.AddEnvironmentVariables("ASPIRE_");
        BuilderInterceptor.Current.Value?.Constructing(settings);
        _host = new(settings);
        Configuration.AddCommandLine(settings.Args, _switches);
        var operation = Configuration["AppHost:Operation"]?.ToLowerInvariant() ?? "run";
        if (Configuration["Publishing:Publisher"] is not null || operation is not ("run" or "publish"))
        {
            throw new NotSupportedException("The manifest is not covered by eng/offline; publish it on a machine that has the genuine Aspire packages.");
        }

        ExecutionContext = new() { IsPublishMode = operation == "publish" };
        _pipeline = new(Configuration);
        AddServices(hasDashboard: BuilderInterceptor.Current.Value is null);
    }

    public ConfigurationManager Configuration => _host.Configuration;
    public IHostEnvironment Environment => _host.Environment;
    public IServiceCollection Services => _host.Services;
    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();
    public DistributedApplicationExecutionContext ExecutionContext { get; }
    public IDistributedApplicationPipeline Pipeline => _pipeline;
    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new DistributedApplicationResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        BuilderInterceptor.Current.Value?.Building(this);
        var application = new DistributedApplication(_host.Build());
        BuilderInterceptor.Current.Value?.Built(application);
        return application;
    }

    private void AddServices(bool hasDashboard)
    {
        foreach (var (category, level) in new (string, LogLevel)[]
        {
            ("Microsoft.Hosting.Lifetime", LogLevel.Warning), ("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error),
            ("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.Error), ($"System.Net.Http.HttpClient.{nameof(HttpHealthCheck)}", LogLevel.None),
            ("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None),
        })
        {
            _host.Logging.AddFilter(category, level);
        }

        _host.Logging.AddConfiguration(Configuration.GetSection("Logging"));
        Services.AddSingleton(Eventing).AddSingleton(new DistributedApplicationModel(Resources)).AddSingleton<ResourceLoggerService>().AddSingleton<ResourceCommandService>();
        // As in genuine Aspire: with a dashboard a person can still start what failed, without one nobody can.
        var waitBehavior = hasDashboard ? WaitBehavior.WaitOnResourceUnavailable : WaitBehavior.StopOnResourceUnavailable;
        Services.AddSingleton(s => new ResourceNotificationService(s, s.GetRequiredService<ResourceLoggerService>(), waitBehavior));
        Services.AddHealthChecks();
        Services.AddHttpClient();
        Services.AddSingleton<IPipelineOutputService>(_pipeline);
        if (ExecutionContext.IsPublishMode)
        {
            Services.AddSingleton(_pipeline);
            return;
        }

        Services.AddHostedService<ResourceHealthCheckService>();
        if (hasDashboard)
        {
            DashboardSettings.AddKeys(Configuration);
            // The resource server would announce each of the dashboard's calls among the AppHost's own messages.
            _host.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
            Services.AddSingleton<ResourceServer>().AddSingleton<DashboardLauncher>();
        }

        Services.AddSingleton<DcpHost>().AddSingleton<DcpServices>().AddSingleton<DcpWatcher>().AddHostedService<DcpOrchestrator>();
    }
}
