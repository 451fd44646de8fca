using Microsoft.Extensions.DependencyInjection;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Api;

/// <summary>Two API servers that share one database and start concurrently, as in the topology.</summary>
public sealed class ApiServers : IAsyncLifetime
{
    internal const string Password = "correct horse battery staple";

    private PostgresContainer? _postgres;
    private ApiServer? _serverA;
    private ApiServer? _serverB;

    internal PostgresContainer Postgres => _postgres!;

    internal ApiServer ServerA => _serverA!;

    /// <summary>An anonymous client of the first server.</summary>
    internal ApiClient A { get; private set; } = null!;

    /// <summary>An anonymous client of the second server.</summary>
    internal ApiClient B { get; private set; } = null!;

    /// <summary>The configured administrator, signed in at the first server.</summary>
    internal ApiClient Administrator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresContainer.StartAsync();
        _serverA = new ApiServer(_postgres.ConnectionString);
        _serverB = new ApiServer(_postgres.ConnectionString);
        var clients = await Task.WhenAll(Task.Run(_serverA.StartAsync), Task.Run(_serverB.StartAsync));
        (A, B) = (new ApiClient(clients[0]), new ApiClient(clients[1]));
        Administrator = await A.SignInAsync(ApiServer.AdministratorName, ApiServer.AdministratorPassword);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { _serverA, _serverB }.OfType<ApiServer>())
        {
            await server.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }

    /// <summary>Registers a new user, signed in at the first server.</summary>
    internal async Task<ApiClient> NewUserAsync(string? name = null)
    {
        name ??= NewName();
        var response = await A.PostAsync("/users", new { userName = name, displayName = $"User {name}", password = Password });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await A.SignInAsync(name, Password);
    }

    /// <summary>A unique user name.</summary>
    internal static string NewName() => $"u{Guid.NewGuid():n}"[..20];

    internal T Service<T>() where T : notnull => ServerA.Services.GetRequiredService<T>();
}

/// <summary>The tests that share the servers; each creates its own users and articles.</summary>
[Integration]
[CollectionDefinition(nameof(ApiServers))]
public sealed class ApiServersDefinition : ICollectionFixture<ApiServers>;
