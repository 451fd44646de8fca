using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Idempotency;

internal static class IdempotencyExtensions
{
    internal sealed class KeyNotRequired;

    /// <summary>Marks endpoints whose requests change nothing, or may be repeated without a key.</summary>
    public static TBuilder WithoutIdempotencyKey<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new KeyNotRequired());

    internal sealed class DeferredTransaction;

    /// <summary>Marks endpoints that work outside the transaction first and return an <see cref="IdempotentResult{TResult}"/>.</summary>
    public static TBuilder WithDeferredTransaction<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new DeferredTransaction());

    /// <summary>The request's idempotency key, which the middleware has validated.</summary>
    public static string IdempotencyKey(this HttpContext context) =>
        context.Request.Headers[HttpHeaderNames.IdempotencyKey].ToString();

    /// <summary>Performs repeated writes once; call it after authorization, because keys belong to callers.</summary>
    public static void UseIdempotency(this WebApplication app) => app.UseMiddleware<IdempotencyMiddleware>();

    public static void AddIdempotency(this WebApplicationBuilder builder) => builder.Services.AddScoped<IdempotentWrite>();

    /// <summary>Whether requests to this endpoint require a key.</summary>
    public static bool RequiresKey(IReadOnlyList<object> metadata) =>
        metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: var methods }
        && !methods.Any(m => HttpMethods.IsGet(m) || HttpMethods.IsHead(m))
        && !metadata.OfType<KeyNotRequired>().Any();
}
