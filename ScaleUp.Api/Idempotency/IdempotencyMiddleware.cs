using ScaleUp.Api.Sessions;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Idempotency;

/// <summary>Performs repeated writes once (see <see cref="IdempotentWrite"/>), and rejects writes without a valid key.</summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next)
{
    private const int MaxKeyLength = 128;

    public async Task InvokeAsync(HttpContext context, IdempotentWrite write)
    {
        if (context.GetEndpoint() is not { } endpoint || !IdempotencyExtensions.RequiresKey(endpoint.Metadata))
        {
            await next(context);
            return;
        }

        var key = context.Request.Headers[HttpHeaderNames.IdempotencyKey];
        if (key.Count != 1 || key[0] is not { Length: >= 1 and <= MaxKeyLength } text || text.Any(c => c is <= ' ' or > '~'))
        {
            var error = $"A write needs an idempotency key of 1 to {MaxKeyLength} visible ASCII characters. "
                + "Use a new key for a new write and the same key for a retry.";
            await TypedResults.ValidationProblem(
                new Dictionary<string, string[]> { [HttpHeaderNames.IdempotencyKey] = [error] },
                detail: $"The header {HttpHeaderNames.IdempotencyKey} is missing or invalid.").ExecuteAsync(context);
            return;
        }

        if (endpoint.Metadata.GetMetadata<IdempotencyExtensions.DeferredTransaction>() is not null)
        {
            await next(context);
            return;
        }

        await write.ExecuteAsync(context, context.User.UserId(), () => next(context));
    }
}
