using ScaleUp.Api.Sessions;

namespace ScaleUp.Api.Idempotency;

/// <summary>Has every write done once (see <see cref="IdempotentWrite"/>), and refuses those without a key.</summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next)
{
    public const string HeaderName = "Idempotency-Key";
    private const int MaxKeyLength = 128;

    public async Task InvokeAsync(HttpContext context, IdempotentWrite write)
    {
        if (context.GetEndpoint() is not { } endpoint || !IdempotencyExtensions.NeedsKey([.. endpoint.Metadata]))
        {
            await next(context);
            return;
        }

        var key = context.Request.Headers[HeaderName];
        if (key.Count != 1 || key[0] is not { Length: >= 1 and <= MaxKeyLength } text || text.Any(c => c is <= ' ' or > '~'))
        {
            await TypedResults.ValidationProblem(
                new Dictionary<string, string[]> { [HeaderName] = [$"Each write needs one, of 1 to {MaxKeyLength} visible ASCII characters: a new one for a new write, the same for a repetition."] },
                detail: $"The header {HeaderName} is missing or wrong.").ExecuteAsync(context);
            return;
        }

        if (endpoint.Metadata.GetMetadata<IdempotencyExtensions.BeginsLater>() is not null)
        {
            await next(context);
            return;
        }

        await write.ExecuteAsync(context, context.User.UserId(), () => next(context));
    }
}
