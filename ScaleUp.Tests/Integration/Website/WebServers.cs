using ScaleUp.Tests.Api;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Website;

/// <summary>Two web servers and two API servers that share one database, without load balancers.</summary>
public sealed class WebServers : IAsyncLifetime
{
    private readonly ApiServers _api = new();
    private WebServer? _a;
    private WebServer? _b;

    internal WebServer A => _a!;

    internal WebServer B => _b!;

    /// <summary>One of the API servers.</summary>
    internal Uri Api => _api.A.Http.BaseAddress!;

    /// <summary>The connection string of the database that all servers share.</summary>
    internal string Database => _api.Postgres.ConnectionString;

    public async ValueTask InitializeAsync()
    {
        await _api.InitializeAsync();
        Uri[] api = [_api.A.Http.BaseAddress!, _api.B.Http.BaseAddress!];
        // Both start concurrently, as in the topology: neither finds a data-protection key, yet they must agree on one.
        var servers = await Task.WhenAll(Task.Run(() => new WebServer("web-a", api)), Task.Run(() => new WebServer("web-b", api)));
        (_a, _b) = (servers[0], servers[1]);
        await Task.WhenAll(servers.Select(server => server.WaitUntilReadyAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { _a, _b }.OfType<WebServer>())
        {
            await server.DisposeAsync();
        }

        await _api.DisposeAsync();
    }

    internal SiteVisitor NewVisitor() => new(A.Address);

    internal Task<SiteVisitor> NewUserAsync() => NewVisitor().RegisterAsync();

    internal async Task<SiteVisitor> NewAdministratorAsync()
    {
        var visitor = NewVisitor();
        await visitor.SignInAsync(ApiServer.AdministratorName, ApiServer.AdministratorPassword);
        return visitor;
    }
}

/// <summary>The tests that share the servers; each creates its own users and articles.</summary>
[Integration]
[CollectionDefinition(nameof(WebServers))]
public sealed class WebServersDefinition : ICollectionFixture<WebServers>;
