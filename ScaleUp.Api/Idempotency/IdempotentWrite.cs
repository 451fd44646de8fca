using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Idempotency;

/// <summary>
/// Runs a write and the insertion of its idempotency key in one transaction. A request whose key exists is not run; it receives
/// the stored response, whichever server created it. Error responses change nothing and are not stored.
/// </summary>
internal sealed class IdempotentWrite(ScaleUpDbContext database, TimeProvider clock)
{
    /// <summary>Maximum number of records per caller; the oldest are deleted, since retries come within seconds.</summary>
    public const int MaxRecords = 1000;

    /// <summary>Maximum total size of stored responses per caller, in bytes; the oldest are deleted.</summary>
    public const int MaxBytes = 8_000_000;

    private static readonly string[] s_headers = ["Content-Type", "ETag", "Location", "Retry-After"];

    /// <summary>A caller id for writes that belong to a name instead of an account.</summary>
    public static Guid CallerForName(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    /// <summary>Whether there is a record for this request's key.</summary>
    public async Task<bool> IsRecordedAsync(HttpContext context, Guid caller)
    {
        var hash = new ResponseProtector(context.IdempotencyKey()).KeyHash;
        return await database.Set<IdempotencyRecord>().AnyAsync(a => a.Caller == caller && a.KeyHash == hash, context.RequestAborted);
    }

    /// <summary>Runs the write, or replays its stored response.</summary>
    /// <param name="context">The request; its body must be buffered in memory (see RequestValidation).</param>
    /// <param name="caller">The caller that the key belongs to.</param>
    /// <param name="run">Performs the write and writes the response.</param>
    /// <param name="canReplay">Whether a stored response may be replayed; if not, the write runs again. Null to replay always.</param>
    public async Task ExecuteAsync(HttpContext context, Guid caller, Func<Task> run, Func<StoredResponse, Task<bool>>? canReplay = null)
    {
        var cancellationToken = context.RequestAborted;
        var protector = new ResponseProtector(context.IdempotencyKey());
        var body = await ReadBodyAsync(context.Request, cancellationToken);
        var fingerprint = protector.FingerprintOf(context.Request.Method, context.Request.Path + context.Request.QueryString, body);

        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        // Waits for the end of any other transaction that inserts the same key.
        var inserted = await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO idempotent_answers (caller, key_hash, fingerprint, created_at)
            VALUES ({caller}, {protector.KeyHash}, {fingerprint}, {clock.Now()}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
        if (inserted == 0)
        {
            var records = await database.Set<IdempotencyRecord>().FromSql(
                $"SELECT * FROM idempotent_answers WHERE caller = {caller} AND key_hash = {protector.KeyHash} FOR UPDATE")
                .AsNoTracking().ToListAsync(cancellationToken);
            var record = records.Single();
            if (!record.Fingerprint.AsSpan().SequenceEqual(fingerprint))
            {
                await TypedResults.Problem(
                    $"This {HttpHeaderNames.IdempotencyKey} was used for a different request. Use a new key for a new write.",
                    statusCode: StatusCodes.Status422UnprocessableEntity).ExecuteAsync(context);
                return;
            }

            var stored = protector.Unprotect(record.Answer!);
            if (canReplay is null || await canReplay(stored))
            {
                // The stored response may belong to a commit that no standby has yet. Committing this lock waits for a standby too.
                await transaction.CommitAsync(CancellationToken.None);
                await ReplayAsync(context, stored);
                return;
            }
        }

        var response = await RunAsync(context, run);
        if (response.Status < StatusCodes.Status400BadRequest)
        {
            await database.Database.ExecuteSqlAsync(
                $"""
                UPDATE idempotent_answers SET answer = {protector.Protect(response)}, created_at = {clock.Now()}
                WHERE caller = {caller} AND key_hash = {protector.KeyHash}
                """,
                cancellationToken);
            await TrimAsync(caller, cancellationToken);
            // Never cancel a commit: PostgreSQL reports success if a cancelled commit still waits for its standby. A repetition of the
            // request finds out the result.
            await transaction.CommitAsync(CancellationToken.None);
        }

        // Send the response only after the commit, so that it never reports an effect that was rolled back.
        await context.Response.Body.WriteAsync(response.Body, cancellationToken);
    }

    // Skips rows that a concurrent request of the caller is deleting, which avoids deadlocks.
    private Task<int> TrimAsync(Guid caller, CancellationToken cancellationToken) => database.Database.ExecuteSqlAsync(
        $"""
        DELETE FROM idempotent_answers WHERE caller = {caller} AND key_hash IN (
            SELECT a.key_hash FROM idempotent_answers a JOIN (
                SELECT key_hash, row_number() OVER newest AS place, sum(octet_length(answer)) OVER newest AS bytes
                FROM idempotent_answers WHERE caller = {caller}
                WINDOW newest AS (ORDER BY created_at DESC, key_hash ROWS UNBOUNDED PRECEDING)) ranked ON a.key_hash = ranked.key_hash
            WHERE a.caller = {caller} AND ranked.place > 1 AND (ranked.place > {MaxRecords} OR ranked.bytes > {MaxBytes})
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

    /// <summary>Runs the write and buffers the body of its response.</summary>
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

    private static async Task ReplayAsync(HttpContext context, StoredResponse stored)
    {
        context.Response.StatusCode = stored.Status;
        foreach (var (name, value) in stored.Headers)
        {
            context.Response.Headers[name] = value;
        }

        // Tells developers why the write did not run again.
        context.Response.Headers["Idempotency-Replayed"] = "true";
        await context.Response.Body.WriteAsync(stored.Body, context.RequestAborted);
    }
}
