namespace Aspire.Hosting.Dcp;

/// <summary>The few verbs of DCP's Kubernetes-style API that are needed here; objects are plain JSON.</summary>
internal sealed class DcpApi : IDisposable
{
    private const string Group = "usvc-dev.developer.microsoft.com/v1";
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private readonly HttpClient _http;

    /// <summary>Takes address, key and certificate from a kubeconfig as DCP writes it, one cluster and one user.</summary>
    public DcpApi(string kubeconfig)
    {
        string Read(string key) => Regex.Match(kubeconfig, $@"^\s*{key}:\s*(\S+)", RegexOptions.Multiline).Groups[1].Value;
        var authority = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(Read("certificate-authority-data"))));
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck };
        _http = new(new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = trust }, EnableMultipleHttp2Connections = true, UseProxy = false })
        {
            BaseAddress = new(Read("server")),
            DefaultRequestVersion = HttpVersion.Version20,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Read("token")) },
        };
    }

    public async Task CreateAsync(string kinds, string kind, string name, object spec, CancellationToken cancellationToken, Dictionary<string, string>? annotations = null)
    {
        var body = new { apiVersion = Group, kind, metadata = new { name, annotations = annotations ?? [] }, spec };
        using var response = await _http.PostAsJsonAsync(PathOf(kinds), body, _json, cancellationToken).ConfigureAwait(false);
        await EnsureAsync(response, $"create {kind} {name}", cancellationToken).ConfigureAwait(false);
    }

    public async Task StopAsync(string kinds, string name, CancellationToken cancellationToken)
    {
        using var response = await PatchAsync($"{PathOf(kinds)}/{name}", new { spec = new { stop = true } }, cancellationToken).ConfigureAwait(false);
        await EnsureAsync(response, $"stop {name}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns when the object is gone.</summary>
    public async Task DeleteAsync(string kinds, string name, CancellationToken cancellationToken)
    {
        var path = $"{PathOf(kinds)}/{name}";
        using var response = await _http.DeleteAsync(path, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return;
        }

        await EnsureAsync(response, $"delete {name}", cancellationToken).ConfigureAwait(false);
        for (var isThere = true; isThere; await Task.Delay(50, cancellationToken).ConfigureAwait(false))
        {
            using var found = await _http.GetAsync(path, cancellationToken).ConfigureAwait(false);
            isThere = found.StatusCode != HttpStatusCode.NotFound;
        }
    }

    /// <summary>Every object of a kind as it is now, then every change but deletions.</summary>
    public async IAsyncEnumerable<JsonNode> WatchAsync(string kinds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The server ends a watch now and then.
        for (; ; await Task.Delay(100, cancellationToken).ConfigureAwait(false))
        {
            await foreach (var line in ReadLinesAsync($"{PathOf(kinds)}?watch=true", cancellationToken).ConfigureAwait(false))
            {
                if (JsonNode.Parse(line)! is var change && (string?)change["type"] is "ADDED" or "MODIFIED")
                {
                    yield return change["object"]!;
                }
            }
        }
    }

    /// <summary>The lines of one stream of a process or container, with time stamps, as they come.</summary>
    public IAsyncEnumerable<string> ReadLogAsync(string kinds, string name, string source, CancellationToken cancellationToken)
        => ReadLinesAsync($"{PathOf(kinds)}/{name}/log?follow=true&timestamps=true&source={source}", cancellationToken);

    /// <summary>Stops whatever runs, removes containers and networks, and ends DCP itself.</summary>
    public async Task StopServerAsync(CancellationToken cancellationToken)
    {
        const string Execution = "admin/execution";
        using var cleaning = await PatchAsync(Execution, new { status = "CleaningResources", shutdownResourceCleanup = "Full" }, cancellationToken).ConfigureAwait(false);
        for (var status = ""; status is not ("CleanupComplete" or "Stopping");)
        {
            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
            status = (string?)(await _http.GetFromJsonAsync<JsonNode>(Execution, cancellationToken).ConfigureAwait(false))!["status"];
        }

        using var stopping = await PatchAsync(Execution, new { status = "Stopping", shutdownResourceCleanup = "Full" }, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    private static string PathOf(string kinds) => $"apis/{Group}/{kinds}";

    private async Task<HttpResponseMessage> PatchAsync(string path, object body, CancellationToken cancellationToken)
    {
        // DCP's own door (admin) wants this type to the letter, with no charset behind it.
        using var content = JsonContent.Create(body, new MediaTypeHeaderValue("application/merge-patch+json"), _json);
        return await _http.PatchAsync(path, content, cancellationToken).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<string> ReadLinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (response.IsSuccessStatusCode && await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            yield return line;
        }
    }

    private static async Task EnsureAsync(HttpResponseMessage response, string what, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new DistributedApplicationException(
                $"DCP refused to {what}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)}");
        }
    }
}
