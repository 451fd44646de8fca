using ScaleUp.AppHost;
using ScaleUp.AppHost.Deployment;

var builder = DistributedApplication.CreateBuilder(args);
var options = builder.GetTopologyOptions();
var webKey = builder.AddSecret("web-service-key");
var administratorPassword = builder.AddSecret("administrator-password");
var statisticsKey = builder.AddSecret("statistics-key");

// Database: the only stateful tier.
var database = builder.AddDatabase("scaleup", options.Postgres);

// Load balancers: two addresses of one name. They lead to the primary of a database cluster, and to the tiers whose frontends are below.
var loadBalancers = builder.AddHAProxyCluster("lb", options.LoadBalancer.Instances)
    .WithOptions(options.LoadBalancer)
    .WithRequestBodyLimits("/articles/new", "/articles/*/edit")
    .WithPasswordHashingPaths("/sign-in", "/register", "/account", "/sessions", "/users", "/users/me/password")
    .WithEventStreams("/operations/events")
    .WithStatisticsKey(statisticsKey)
    .WithDatabase(database);

// Application servers: the only tier that reaches the database.
var api = builder.AddReplicas<Projects.ScaleUp_Api>("api", options.Api)
    .WithDatabase(database)
    .WaitFor(database)
    .WithDatabasePoolSize(options.Api)
    .WithEnvironment("Services__Web__Key", webKey)
    .WithEnvironment("Seed__Administrator__UserName", "admin")
    .WithEnvironment("Seed__Administrator__Password", administratorPassword);
var apiFrontend = loadBalancers.AddInternalFrontend("api", api);

// Web servers: they call http://api through any load balancer.
var web = builder.AddReplicas<Projects.ScaleUp_Web>("web", options.Web)
    .WithReference(apiFrontend)
    .WithEnvironment("Services__Web__Key", webKey)
    .WithEnvironment("Operations__StatisticsKey", statisticsKey)
    .WithServerControl(loadBalancers);
loadBalancers.AddPublicFrontend(web, options.LoadBalancer.Port, "Website");

builder.AddStartupDiagnostics(options.Postgres.Volume);
builder.AddDeploymentTargets(options.LoadBalancer.VirtualAddress);

await builder.Build().RunAsync();
