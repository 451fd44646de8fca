namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>Sends each attempt of a request to an address of its service that answers, and gives it up when that address is lost.</summary>
internal sealed class FailoverHandler(UpstreamEndpoints addresses) : DelegatingHandler
{
    private static readonly HttpRequestOptionsKey<List<UpstreamEndpoint>> s_tried = new("ScaleUp.Failover.Tried");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var service = request.RequestUri ?? throw new InvalidOperationException("The request has no address.");
        if (!request.Options.TryGetValue(s_tried, out var tried))
        {
            request.Options.Set(s_tried, tried = []);
        }

        var address = await addresses.ChooseAsync(service, tried, cancellationToken).ConfigureAwait(false);
        tried.Add(address);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, address.Lost);
        request.RequestUri = new Uri(address.Uri, service.PathAndQuery);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, attempt.Token).ConfigureAwait(false);
            // All of it, so that an answer that breaks off, or never ends, is an attempt that failed.
            await response.Content.LoadIntoBufferAsync(attempt.Token).ConfigureAwait(false);
            var answer = response;
            response = null;
            return answer;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"{address.Uri} does not answer any more.", exception);
        }
        finally
        {
            request.RequestUri = service;
            response?.Dispose();
        }
    }
}
