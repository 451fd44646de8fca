using Aspire.Hosting.HAProxy;
using ScaleUp.AppHost;
using ScaleUp.AppHost.Deployment;

var builder = DistributedApplication.CreateBuilder(args);
var topology = TopologyOptions.Read(builder.Configuration);

// Database server: the one place where state lives.
var database = topology.ExternalDatabase ? builder.AddConnectionString("scaleup")
    : builder.AddPostgres("postgres", password: builder.AddSecret("postgres-password"))
        // None but what the image's name says: Aspire would put its own before the name of a private one.
        .WithImageRegistry(null).WithImage(topology.PostgresImage)
        .WithoutProxy().WithoutCertificate().WithPersistentData(topology.DataVolume).WithDatabase("scaleup");

// Load balancers: one name, two addresses. Their frontends follow below, beside the tiers that they lead to.
var loadBalancers = builder.AddHAProxyCluster("lb", topology.LoadBalancers).WithImage(topology.HAProxyImage)
    .WithSettings(settings => settings.MaxConnectionsPerServer = topology.RequestsPerServer)
    .WithSettings(settings => settings.ErrorPage = ServerExtensions.ReadPage("load-balancer-page.html"))
    .WithSettings(settings => settings.MaxConnectionsPerClient = topology.ConnectionsPerClient)
    .WithAllowedHosts(topology.Hosts).WithRequestBodyLimits("/articles/new", "/articles/*/edit");

// Application servers: business logic, the only tier that reaches the database. They let web servers have the keys of forms.
var webKey = builder.AddSecret("web-service-key");
var administratorPassword = builder.AddSecret("administrator-password");
var api = builder.AddReplicas("api", topology.ApiReplicas, name => builder.AddServer<Projects.ScaleUp_Api>(name)
    .WithReference(database).WaitFor(database).WithDatabasePoolSize(Math.Max(topology.ApiMaxReplicas, topology.ApiReplicas + 1))
    .WithSecret("Services__Web__Key", webKey)
    .WithEnvironment("Seed__Administrator__UserName", "admin").WithSecret("Seed__Administrator__Password", administratorPassword), topology.ApiMaxReplicas);
loadBalancers.WithInternalFrontend(api);

// Web servers: pages and static files. They know the application servers as http://api, an inner door of each load balancer.
var statisticsKey = builder.AddSecret("statistics-key");
loadBalancers.WithStatisticsKey(statisticsKey).WithSettings(settings => settings.StreamPaths.Add("/operations/events"));
var serverControl = loadBalancers.AddServerControl();
var web = builder.AddReplicas("web", topology.WebReplicas, name => builder.AddServer<Projects.ScaleUp_Web>(name)
    .WithReference(loadBalancers.GetInternalFrontend("api")).WithSecret("Services__Web__Key", webKey)
    .WithSecret("Operations__StatisticsKey", statisticsKey).WithServerControl(serverControl), topology.WebMaxReplicas);
loadBalancers.WithPublicFrontend(web, topology.PublicPort);

if (topology.Tls)
{
    loadBalancers.WithTls(topology.TlsPort, topology.Certificate);
}

if (topology.RequestLimit > 0)
{
    loadBalancers.WithSettings(settings => settings.Limits.Add(new HAProxyRequestLimit("requests", topology.RequestLimit, TimeSpan.FromSeconds(10))));
}

if (topology.SignInLimit > 0)
{
    loadBalancers.WithSettings(settings => settings.Limits.Add(new HAProxyRequestLimit("sign-in", topology.SignInLimit, TimeSpan.FromMinutes(1), "POST", "/sign-in")));
}

builder.AddStartupDiagnostics(topology.DataVolume);

// Deployed, it is the same: what is above, for Azure Container Apps, Docker Compose and Kubernetes.
builder.AddDeploymentTargets(topology.VirtualAddress);

await builder.Build().RunAsync();
