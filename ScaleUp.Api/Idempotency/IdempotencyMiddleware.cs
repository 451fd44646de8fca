using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Sessions;

namespace ScaleUp.Api.Idempotency;

/// <summary>
/// Runs a write in a transaction together with the insertion of its key. A request whose key is there already is not run: it
/// gets the answer of the first, whichever server gave it. The body must have been read into memory (see BodyRules).
/// </summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next)
{
    private const string HeaderName = "Idempotency-Key";
    private const int MaxKeyLength = 128;
    private static readonly string[] s_headers = ["Content-Type", "ETag", "Location", "Retry-After"];

    public async Task InvokeAsync(HttpContext context, ScaleUpDbContext database, TimeProvider clock)
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

        var cancellationToken = context.RequestAborted;
        var body = new byte[context.Request.Body.Length];
        await context.Request.Body.ReadExactlyAsync(body, cancellationToken);
        context.Request.Body.Position = 0;

        var seal = new AnswerSeal(text);
        var caller = context.User.UserId();
        var fingerprint = seal.FingerprintOf(context.Request.Method, context.Request.Path + context.Request.QueryString, body);

        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        // While another transaction has the same key in hand, this waits for its end.
        var inserted = await database.Database.ExecuteSqlAsync(
            $"INSERT INTO idempotent_answers (caller, key_hash, fingerprint, created_at) VALUES ({caller}, {seal.KeyHash}, {fingerprint}, {clock.Now()}) ON CONFLICT DO NOTHING",
            cancellationToken);
        if (inserted == 0)
        {
            var earlier = await database.Set<IdempotentAnswer>().AsNoTracking().SingleAsync(a => a.Caller == caller && a.KeyHash == seal.KeyHash, cancellationToken);
            await ReplayAsync(context, earlier, fingerprint, seal);
            return;
        }

        var answer = await RunAsync(context);
        if (answer.Status < StatusCodes.Status500InternalServerError)
        {
            await database.Database.ExecuteSqlAsync(
                $"UPDATE idempotent_answers SET answer = {seal.Seal(answer)} WHERE caller = {caller} AND key_hash = {seal.KeyHash}", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        // Only now, when it is true for good, does anybody hear of it.
        await context.Response.Body.WriteAsync(answer.Body, cancellationToken);
    }

    /// <summary>Runs the endpoint and keeps back the body of its answer.</summary>
    private async Task<Answer> RunAsync(HttpContext context)
    {
        var response = context.Response;
        var stream = response.Body;
        using var buffer = new MemoryStream();
        response.Body = buffer;
        try
        {
            await next(context);
            await response.BodyWriter.FlushAsync();
        }
        finally
        {
            response.Body = stream;
        }

        var headers = s_headers.Where(response.Headers.ContainsKey).ToDictionary(name => name, name => response.Headers[name].ToString());
        return new Answer(response.StatusCode, headers, buffer.ToArray());
    }

    private static async Task ReplayAsync(HttpContext context, IdempotentAnswer earlier, byte[] fingerprint, AnswerSeal seal)
    {
        if (!earlier.Fingerprint.AsSpan().SequenceEqual(fingerprint))
        {
            await TypedResults.Problem($"This {HeaderName} was used for another request. A new write needs a new key.", statusCode: StatusCodes.Status422UnprocessableEntity)
                .ExecuteAsync(context);
            return;
        }

        var answer = seal.Open(earlier.Answer!);
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        // For whoever wonders why nothing happened.
        context.Response.Headers["Idempotency-Replayed"] = "true";
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }
}
