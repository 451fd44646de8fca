using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace ScaleUp.Tests.Api;

/// <summary>An API client of one server that sends a new idempotency key with each write unless a key is given.</summary>
/// <param name="http">The HTTP client of the server.</param>
/// <param name="token">The session token; null for an anonymous client.</param>
/// <param name="userName">The user name of the session.</param>
/// <param name="source">The visitor's IP address, as a web server forwards it; null for that of this machine.</param>
internal sealed class ApiClient(HttpClient http, string? token = null, string? userName = null, string? source = null)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public HttpClient Http => http;

    public string Token => token!;

    public string UserName => userName!;

    /// <summary>The same user at another server.</summary>
    public ApiClient At(ApiClient other) => new(other.Http, token, userName);

    /// <summary>The same user with another IP address.</summary>
    public ApiClient From(string address) => new(http, token, userName, address);

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
        Assert.True(response.IsSuccessStatusCode,
            $"{address}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancellation)}");
        return await response.JsonAsync();
    }

    public Task<HttpResponseMessage> PostAsync(string address, object? body = null, int? version = null, string? key = null) =>
        SendAsync(HttpMethod.Post, address, body, key, Match(version));

    public Task<HttpResponseMessage> PutAsync(string address, object? body = null, int? version = null, string? key = null) =>
        SendAsync(HttpMethod.Put, address, body, key, Match(version));

    public Task<HttpResponseMessage> DeleteAsync(string address, int? version = null, string? key = null) =>
        SendAsync(HttpMethod.Delete, address, null, key, Match(version));

    /// <summary>Sends a request. A null key means a new one; an empty key means no idempotency key.</summary>
    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string address, object? body, string? key = null, Dictionary<string, string>? headers = null)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        if ((key ??= Guid.NewGuid().ToString()).Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        if (source is not null)
        {
            request.Headers.Add("X-Client-Address", source);
            request.Headers.Add("X-Service-Key", ApiServer.ServiceKey);
        }

        foreach (var (name, value) in headers ?? [])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = body switch { null => null, HttpContent content => content, _ => JsonContent.Create(body) };
        return http.SendAsync(request, Cancellation);
    }

    /// <summary>Creates an article.</summary>
    /// <returns>Its slug; its version is 1, or 2 if it was published.</returns>
    public async Task<string> WriteAsync(bool publish = true, string? title = null, string markdown = "Some *text*.", string[]? tags = null)
    {
        var response = await PostAsync(
            "/articles", new { title = title ?? $"Title {Guid.NewGuid():n}", summary = "A summary.", markdown, tags = tags ?? [] });
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

    /// <summary>Asserts that the response is problem details with this status.</summary>
    /// <returns>The problem details.</returns>
    public static async Task<JsonElement> MustBeProblemAsync(this HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode,
            $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: {(int)response.StatusCode} " +
            $"instead of {status}. {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        return problem;
    }

    /// <summary>Asserts that the response has this status.</summary>
    public static async Task<HttpResponseMessage> MustBeAsync(this Task<HttpResponseMessage> sending, int status)
    {
        var response = await sending;
        Assert.True(status == (int)response.StatusCode,
            $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: {(int)response.StatusCode} instead of {status}. " +
            $"{await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return response;
    }
}
