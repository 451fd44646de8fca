namespace Aspire.Hosting.HealthChecks;

internal sealed class HttpHealthCheck(IHttpClientFactory clients, EndpointReference endpoint, string? path) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
        {
            return HealthCheckResult.Unhealthy("The endpoint has no address yet.");
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(5));
        var uri = new Uri(new Uri(endpoint.Url), path ?? "/");
        try
        {
            using var client = clients.CreateClient(nameof(HttpHealthCheck));
            using var response = await client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
            return response.StatusCode == System.Net.HttpStatusCode.OK ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"Request to {uri} returned {(int)response.StatusCode} {response.StatusCode}, expected 200.");
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"Failed to request {uri}.", ex);
        }
    }
}
