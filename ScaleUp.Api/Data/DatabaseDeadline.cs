using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Data;

/// <summary>
/// Bounds the duration of a request, even if the database hangs. Cancelling the command is not enough: Npgsql then connects to the same
/// hung server to send the cancellation, and returns after a second or two. So the endpoint writes into a buffer, which is sent
/// if it is complete in time; otherwise the client receives 503 immediately, and this middleware waits for the endpoint to end.
/// Password hashing does not count, and has its own time limit (<see cref="RequestDeadline"/>).
/// </summary>
internal sealed class DatabaseDeadline(
    RequestDelegate next, DatabaseCircuitBreaker circuit, MigrationState migrations, TimeProvider clock, TimeSpan limit)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var response = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        var output = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        // While no server is ready, load balancers fail open and send requests even to a server whose migrations are pending.
        if (!migrations.IsApplied || !circuit.TryEnter())
        {
            await WriteUnavailableAsync(response, output, DatabaseUnavailableHandler.CreateProblem());
            return;
        }

        var aborted = context.RequestAborted;
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var body = new MemoryStream();
        var buffered = new BufferedResponse(response);
        context.Features.Set<IHttpResponseFeature>(buffered);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        context.RequestAborted = cancellation.Token;

        using var deadline = new RequestDeadline(clock, limit);
        context.Features.Set(deadline);
        var run = RunAsync(context);
        var isInTime = await Task.WhenAny(run, deadline.Over) == run;
        if (!isInTime)
        {
            var isBusy = await deadline.Over;
            if (!isBusy)
            {
                circuit.RecordFailure();
            }

            // The connection is busy until the endpoint completes, so the client must not reuse it.
            response.Headers.Connection = new StringValues("close");
            await WriteUnavailableAsync(
                response, output, isBusy ? PasswordHashingQueue.CreateProblem() : DatabaseUnavailableHandler.CreateProblem());
            // CancelAsync runs callbacks on another thread: Npgsql's blocks while it tries to connect.
            await cancellation.CancelAsync();
            await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        context.Features.Set(response);
        context.Features.Set(output);
        context.RequestAborted = aborted;
        if (isInTime)
        {
            await run;
            context.Response.StatusCode = buffered.StatusCode;
            foreach (var (name, value) in buffered.Headers)
            {
                context.Response.Headers[name] = value;
            }

            if (body.Length > 0)
            {
                context.Response.ContentLength = body.Length;
                await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), aborted);
            }
        }
    }

    private async Task RunAsync(HttpContext context)
    {
        await next(context);
        await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
    }

    // The buffered response is never sent itself, so its callbacks, such as the disposal of request services, belong to the real one.
    private sealed class BufferedResponse(IHttpResponseFeature response) : HttpResponseFeature
    {
        public override void OnStarting(Func<object, Task> callback, object state)
        {
            if (!response.HasStarted)
            {
                response.OnStarting(callback, state);
            }
        }

        public override void OnCompleted(Func<object, Task> callback, object state) => response.OnCompleted(callback, state);
    }

    private static async Task WriteUnavailableAsync(IHttpResponseFeature response, IHttpResponseBodyFeature output, ProblemDetails problem)
    {
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers.RetryAfter = DatabaseUnavailableHandler.RetryAfter;
        response.Headers.ContentType = "application/problem+json";
        var json = problem.ToJson();
        response.Headers.ContentLength = json.Length;
        await output.Writer.WriteAsync(json);
        await output.CompleteAsync();
    }
}
