namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>
/// Sends each attempt of a request to a healthy endpoint of its service, and aborts it when that endpoint becomes unhealthy.
/// </summary>
internal sealed class FailoverHandler(UpstreamEndpoints endpoints) : DelegatingHandler
{
    private static readonly HttpRequestOptionsKey<List<UpstreamEndpoint>> s_tried = new("ScaleUp.Failover.Tried");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var service = request.RequestUri ?? throw new InvalidOperationException("The request has no URI.");
        if (!request.Options.TryGetValue(s_tried, out var tried))
        {
            request.Options.Set(s_tried, tried = []);
        }

        var endpoint = await endpoints.SelectAsync(service, tried, cancellationToken).ConfigureAwait(false);
        tried.Add(endpoint);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, endpoint.Unhealthy);
        request.RequestUri = new Uri(endpoint.Uri, service.PathAndQuery);
        HttpResponseMessage? pending = null;
        try
        {
            pending = await base.SendAsync(request, attempt.Token).ConfigureAwait(false);
            // Buffer the whole body, so that an incomplete or endless response is a failed attempt.
            await pending.Content.LoadIntoBufferAsync(attempt.Token).ConfigureAwait(false);
            var response = pending;
            pending = null;
            return response;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(
                HttpRequestError.ConnectionError, $"{endpoint.Uri} became unhealthy during the request.", exception);
        }
        finally
        {
            request.RequestUri = service;
            pending?.Dispose();
        }
    }
}
