namespace ScaleUp.Api.Idempotency;

internal static class IdempotencyExtensions
{
    internal sealed class NoKeyNeeded;

    /// <summary>This endpoint changes nothing, or the same however often it is asked.</summary>
    public static TBuilder WithoutIdempotencyKey<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new NoKeyNeeded());

    /// <summary>Makes every write happen once however often it is sent. After authorisation: keys belong to their callers.</summary>
    public static void UseIdempotency(this WebApplication app) => app.UseMiddleware<IdempotencyMiddleware>();

    /// <summary>Whether requests to this endpoint need a key.</summary>
    public static bool NeedsKey(IList<object> metadata) =>
        metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: var methods }
        && !methods.Any(m => HttpMethods.IsGet(m) || HttpMethods.IsHead(m))
        && !metadata.OfType<NoKeyNeeded>().Any();
}
