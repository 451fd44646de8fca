using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.HealthChecks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private static readonly Dictionary<string, string> _switches = new() { ["--operation"] = "AppHost:Operation", ["--publisher"] = "Publishing:Publisher" };
    private readonly DistributedApplicationOptions _options;
    private readonly HostApplicationBuilder _host;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        _options = options;
        var settings = new HostApplicationBuilderSettings { Args = options.Args, Configuration = new() };
        settings.Configuration.AddEnvironmentVariables("ASPIRE_");
        BuilderInterceptor.Current.Value?.Constructing(options, settings);
        _host = new(settings);
        Configuration.AddCommandLine(options.Args ?? [], _switches);
        if (Configuration["Publishing:Publisher"] is not null || Configuration["AppHost:Operation"]?.ToLowerInvariant() is not (null or "run"))
        {
            throw new NotSupportedException("Publishing is not covered by eng/offline; publish on a machine that has the genuine Aspire packages.");
        }

        AppHostDirectory = options.ProjectDirectory ?? Environment.ContentRootPath;
        var path = Path.GetFullPath(Path.Join(AppHostDirectory, options.ProjectName ?? Environment.ApplicationName));
        Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AppHost:Directory"] = AppHostDirectory,
            ["AppHost:Path"] = path,
            ["AppHost:DashboardApplicationName"] = options.DashboardApplicationName ?? Environment.ApplicationName,
            // Tells the volumes of two copies of one application apart.
            ["AppHost:Sha256"] = Configuration["AppHostSha"] ?? Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(path.ToLowerInvariant()))),
        });
        AddServices();
    }

    public ConfigurationManager Configuration => _host.Configuration;
    public string AppHostDirectory { get; }
    public Assembly? AppHostAssembly => _options.Assembly;
    public IHostEnvironment Environment => _host.Environment;
    public IServiceCollection Services => _host.Services;
    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();
    public DistributedApplicationExecutionContext ExecutionContext { get; } = new(DistributedApplicationOperation.Run);
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
        ExecutionContext.Services = application.Services;
        BuilderInterceptor.Current.Value?.Built(application);
        return application;
    }

    private void AddServices()
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
        Services.AddSingleton(_options).AddSingleton(Eventing).AddSingleton(ExecutionContext).AddSingleton(new DistributedApplicationModel(Resources));
        Services.AddSingleton<ResourceLoggerService>();
        Services.AddSingleton(s => new ResourceNotificationService(s.GetRequiredService<ILogger<ResourceNotificationService>>(), s,
            s.GetRequiredService<ResourceLoggerService>(), s.GetRequiredService<IOptions<ResourceNotificationServiceOptions>>()));
        Services.AddSingleton(s => new ResourceCommandService(
            s.GetRequiredService<ResourceNotificationService>(), s.GetRequiredService<ResourceLoggerService>(), s));
        // As in genuine Aspire: with a dashboard a person can still start what failed, without one nobody can.
        Services.Configure<ResourceNotificationServiceOptions>(o => o.DefaultWaitBehavior =
            _options.DisableDashboard ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable);
        Services.AddHealthChecks();
        Services.AddHttpClient();
        Services.AddHostedService<ResourceHealthCheckService>();
        if (!_options.DisableDashboard)
        {
            Services.AddDashboard(this, _options);
        }

        Services.AddSingleton<DcpHost>().AddSingleton<DcpServices>().AddSingleton<ContainerTunnel>().AddSingleton<DcpWatcher>();
        Services.AddHostedService<DcpOrchestrator>();
    }
}
