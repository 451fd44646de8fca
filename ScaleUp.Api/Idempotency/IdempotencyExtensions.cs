namespace ScaleUp.Api.Idempotency;

internal static class IdempotencyExtensions
{
    internal sealed class NoKeyNeeded;

    /// <summary>This endpoint changes nothing, or the same however often it is asked.</summary>
    public static TBuilder WithoutIdempotencyKey<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new NoKeyNeeded());

    internal sealed class BeginsLater;

    /// <summary>This endpoint has something to do before its transaction: it returns <see cref="Once{TResult}"/>.</summary>
    public static TBuilder BeginningLater<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new BeginsLater());

    /// <summary>The request's key, which the middleware has checked.</summary>
    public static string IdempotencyKey(this HttpContext context) => context.Request.Headers[IdempotencyMiddleware.HeaderName].ToString();

    /// <summary>Makes every write happen once however often it is sent. After authorisation: keys belong to their callers.</summary>
    public static void UseIdempotency(this WebApplication app) => app.UseMiddleware<IdempotencyMiddleware>();

    public static void AddIdempotency(this WebApplicationBuilder builder) => builder.Services.AddScoped<IdempotentWrite>();

    /// <summary>Whether requests to this endpoint need a key.</summary>
    public static bool NeedsKey(IList<object> metadata) =>
        metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: var methods }
        && !methods.Any(m => HttpMethods.IsGet(m) || HttpMethods.IsHead(m))
        && !metadata.OfType<NoKeyNeeded>().Any();
}
