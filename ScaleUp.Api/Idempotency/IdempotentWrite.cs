using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Idempotency;

/// <summary>
/// Runs a write in a transaction together with the insertion of its key. A request whose key is there already is not run: it
/// gets the answer of the first, whichever server gave it. A refusal has changed nothing, so nothing is kept of it.
/// </summary>
internal sealed class IdempotentWrite(ScaleUpDbContext database, TimeProvider clock)
{
    /// <summary>What is kept for one caller; of more, the oldest are deleted. A repetition comes within seconds.</summary>
    public const int MaxAnswers = 1000;

    /// <summary>Bytes of answers that are kept for one caller, likewise.</summary>
    public const int MaxBytes = 8_000_000;

    private static readonly string[] s_headers = ["Content-Type", "ETag", "Location", "Retry-After"];

    /// <summary>The caller of a write that belongs to a name instead of an account.</summary>
    public static Guid CallerOf(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    /// <summary>Whether the answer to this request is kept.</summary>
    public async Task<bool> IsKnownAsync(HttpContext context, Guid caller)
    {
        var hash = new ResponseProtector(context.IdempotencyKey()).KeyHash;
        return await database.Set<IdempotencyRecord>().AnyAsync(a => a.Caller == caller && a.KeyHash == hash, context.RequestAborted);
    }

    /// <summary>Runs the write, or replays its answer.</summary>
    /// <param name="context">The request. Its body must have been read into memory (see RequestValidation).</param>
    /// <param name="caller">Whose key it is.</param>
    /// <param name="run">Writes the response.</param>
    /// <param name="mayReplay">Whether an answer may still be given to somebody; if not, the write is run again. Null for any.</param>
    public async Task ExecuteAsync(HttpContext context, Guid caller, Func<Task> run, Func<StoredResponse, Task<bool>>? mayReplay = null)
    {
        var cancellationToken = context.RequestAborted;
        var seal = new ResponseProtector(context.IdempotencyKey());
        var fingerprint = seal.FingerprintOf(context.Request.Method, context.Request.Path + context.Request.QueryString, await ReadBodyAsync(context.Request, cancellationToken));

        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        // While another transaction has the same key in hand, this waits for its end.
        var inserted = await database.Database.ExecuteSqlAsync(
            $"INSERT INTO idempotent_answers (caller, key_hash, fingerprint, created_at) VALUES ({caller}, {seal.KeyHash}, {fingerprint}, {clock.Now()}) ON CONFLICT DO NOTHING",
            cancellationToken);
        if (inserted == 0)
        {
            var earlier = await database.Set<IdempotencyRecord>().FromSql(
                $"SELECT * FROM idempotent_answers WHERE caller = {caller} AND key_hash = {seal.KeyHash} FOR UPDATE").AsNoTracking().ToListAsync(cancellationToken);
            if (!earlier.Single().Fingerprint.AsSpan().SequenceEqual(fingerprint))
            {
                await TypedResults.Problem($"This {IdempotencyMiddleware.HeaderName} was used for another request. A new write needs a new key.", statusCode: StatusCodes.Status422UnprocessableEntity)
                    .ExecuteAsync(context);
                return;
            }

            var kept = seal.Open(earlier.Single().Answer!);
            if (mayReplay is null || await mayReplay(kept))
            {
                await ReplayAsync(context, kept);
                return;
            }
        }

        var answer = await RunAsync(context, run);
        if (answer.Status < StatusCodes.Status400BadRequest)
        {
            await database.Database.ExecuteSqlAsync(
                $"UPDATE idempotent_answers SET answer = {seal.Seal(answer)}, created_at = {clock.Now()} WHERE caller = {caller} AND key_hash = {seal.KeyHash}", cancellationToken);
            await TrimAsync(caller, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        // Only now, when it is true for good, does anybody hear of it.
        await context.Response.Body.WriteAsync(answer.Body, cancellationToken);
    }

    // Rows that another request of the caller deletes just now are skipped, or the two could wait for each other.
    private Task<int> TrimAsync(Guid caller, CancellationToken cancellationToken) => database.Database.ExecuteSqlAsync(
        $"""
        DELETE FROM idempotent_answers WHERE caller = {caller} AND key_hash IN (
            SELECT a.key_hash FROM idempotent_answers a JOIN (
                SELECT key_hash, row_number() OVER newest AS place, sum(octet_length(answer)) OVER newest AS bytes
                FROM idempotent_answers WHERE caller = {caller}
                WINDOW newest AS (ORDER BY created_at DESC, key_hash ROWS UNBOUNDED PRECEDING)) ranked ON a.key_hash = ranked.key_hash
            WHERE a.caller = {caller} AND ranked.place > 1 AND (ranked.place > {MaxAnswers} OR ranked.bytes > {MaxBytes})
            FOR UPDATE OF a SKIP LOCKED)
        """,
        cancellationToken);

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new byte[request.Body.Length];
        request.Body.Position = 0;
        await request.Body.ReadExactlyAsync(body, cancellationToken);
        request.Body.Position = 0;
        return body;
    }

    /// <summary>Runs the write and keeps back the body of its answer.</summary>
    private static async Task<StoredResponse> RunAsync(HttpContext context, Func<Task> run)
    {
        var response = context.Response;
        var stream = response.Body;
        using var buffer = new MemoryStream();
        response.Body = buffer;
        try
        {
            await run();
            await response.BodyWriter.FlushAsync();
        }
        finally
        {
            response.Body = stream;
        }

        var headers = s_headers.Where(response.Headers.ContainsKey).ToDictionary(name => name, name => response.Headers[name].ToString());
        return new StoredResponse(response.StatusCode, headers, buffer.ToArray());
    }

    private static async Task ReplayAsync(HttpContext context, StoredResponse answer)
    {
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
