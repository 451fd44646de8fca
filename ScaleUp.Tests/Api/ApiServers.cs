using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace ScaleUp.Tests.Api;

/// <summary>Two application servers on one database, started at the same time, as the topology does it.</summary>
public sealed class ApiServers : IAsyncLifetime
{
    internal const string Password = "correct horse battery staple";

    private PostgresContainer? _postgres;
    private ApiServer? _serverA;
    private ApiServer? _serverB;

    internal PostgresContainer Postgres => _postgres!;

    internal ApiServer ServerA => _serverA!;

    /// <summary>A client of the first server, signed in as nobody.</summary>
    internal ApiClient A { get; private set; } = null!;

    /// <summary>A client of the second server, signed in as nobody.</summary>
    internal ApiClient B { get; private set; } = null!;

    /// <summary>The administrator of the settings, at the first server.</summary>
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

    /// <summary>A new user, signed in at the first server.</summary>
    internal async Task<ApiClient> NewUserAsync(string? name = null)
    {
        name ??= NewName();
        var response = await A.PostAsync("/users", new { userName = name, displayName = $"User {name}", password = Password });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await A.SignInAsync(name, Password);
    }

    /// <summary>A name that no other test has.</summary>
    internal static string NewName() => $"u{Guid.NewGuid():n}"[..20];

    internal T Service<T>() where T : notnull => ServerA.Services.GetRequiredService<T>();
}

/// <summary>The tests that share the servers; each has users and articles of its own.</summary>
[CollectionDefinition(nameof(ApiServers))]
public sealed class ApiServersTests : ICollectionFixture<ApiServers>;

/// <summary>Somebody who sends requests to one server, with a new idempotency key for each write unless told otherwise.</summary>
internal sealed class ApiClient(HttpClient http, string? token = null, string? userName = null)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public HttpClient Http => http;

    public string Token => token!;

    public string UserName => userName!;

    /// <summary>The same person at another server.</summary>
    public ApiClient At(ApiClient other) => new(other.Http, token, userName);

    public async Task<ApiClient> SignInAsync(string name, string password, string device = "test")
    {
        var response = await PostAsync("/sessions", new { userName = name, password, device });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        return new ApiClient(http, (await response.JsonAsync()).GetProperty("token").GetString(), name);
    }

    public Task<HttpResponseMessage> GetAsync(string address, string? ifNoneMatch = null) =>
        SendAsync(HttpMethod.Get, address, null, key: "", headers: ifNoneMatch is null ? null : new() { ["If-None-Match"] = ifNoneMatch });

    public async Task<JsonElement> ReadAsync(string address)
    {
        var response = await GetAsync(address);
        Assert.True(response.IsSuccessStatusCode, $"{address}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancellation)}");
        return await response.JsonAsync();
    }

    public Task<HttpResponseMessage> PostAsync(string address, object? body = null, int? version = null, string? key = null) =>
        SendAsync(HttpMethod.Post, address, body, key, Match(version));

    public Task<HttpResponseMessage> PutAsync(string address, object? body = null, int? version = null, string? key = null) =>
        SendAsync(HttpMethod.Put, address, body, key, Match(version));

    public Task<HttpResponseMessage> DeleteAsync(string address, int? version = null, string? key = null) =>
        SendAsync(HttpMethod.Delete, address, null, key, Match(version));

    /// <summary>Sends a request; a key of null is a new one, an empty one none.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, object? body, string? key = null, Dictionary<string, string>? headers = null)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        if ((key ??= Guid.NewGuid().ToString()).Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        foreach (var (name, value) in headers ?? [])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = body switch { null => null, HttpContent content => content, _ => JsonContent.Create(body) };
        return http.SendAsync(request, Cancellation);
    }

    /// <summary>Writes an article.</summary>
    /// <returns>Its slug; its version is 1, or 2 if it was published.</returns>
    public async Task<string> WriteAsync(bool publish = true, string? title = null, string markdown = "Some *text*.", string[]? tags = null)
    {
        var response = await PostAsync("/articles", new { title = title ?? $"Title {Guid.NewGuid():n}", summary = "A summary.", markdown, tags = tags ?? [] });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        var slug = (await response.JsonAsync()).GetProperty("slug").GetString()!;
        if (publish)
        {
            response = await PostAsync($"/articles/{slug}/publish", version: 1);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        }

        return slug;
    }

    private static Dictionary<string, string>? Match(int? version) => version is null ? null : new() { ["If-Match"] = $"\"{version}\"" };
}

internal static class ApiResponseExtensions
{
    public static Task<JsonElement> JsonAsync(this HttpResponseMessage response) =>
        response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    /// <summary>Fails unless the answer has this status and, being an error, is problem details that say so.</summary>
    /// <returns>The problem.</returns>
    public static async Task<JsonElement> MustBeProblemAsync(this HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: {(int)response.StatusCode}, not {status}. {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        return problem;
    }

    /// <summary>Fails unless the answer has this status.</summary>
    public static async Task<HttpResponseMessage> MustBeAsync(this Task<HttpResponseMessage> sending, int status)
    {
        var response = await sending;
        Assert.True(status == (int)response.StatusCode,
            $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: {(int)response.StatusCode}, not {status}. {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return response;
    }
}
