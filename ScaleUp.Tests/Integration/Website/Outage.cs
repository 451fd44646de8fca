using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace ScaleUp.Tests.Website;

/// <summary>Simulated failures of the API tier behind a web server.</summary>
internal enum OutageKind
{
    None,

    /// <summary>The load balancer responds with 503.</summary>
    Unavailable,

    /// <summary>Like <see cref="Unavailable"/>, except for the internal endpoints that servers need to start.</summary>
    UnavailableToVisitors,

    /// <summary>Connections are refused.</summary>
    Unreachable,

    /// <summary>Requests receive no response.</summary>
    Hanging,

    /// <summary>A write is executed, but its response is lost.</summary>
    AnswerLost,

    /// <summary>A write waits until <see cref="Outage.LetGo"/>.</summary>
    SlowWrites,
}

/// <summary>Intercepts a web server's requests to the API and simulates failures.</summary>
internal sealed class Outage
{
    private volatile OutageKind _kind;

    public OutageKind Kind { get => _kind; set => _kind = value; }

    /// <summary>The number of requests that the web server has sent to the API.</summary>
    public int Requests => Volatile.Read(ref _requests);

    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _visitorLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _requests;

    /// <summary>Completes when the first slow write arrives.</summary>
    public Task SlowWriteArrived => _arrived.Task;

    /// <summary>Completes when the web server detects that a visitor has disconnected before the response.</summary>
    public Task VisitorLeft => _visitorLeft.Task;

    /// <summary>The paths of the requests that received a response.</summary>
    public ConcurrentQueue<string> Answered { get; } = [];

    /// <summary>Resumes slow writes.</summary>
    public void LetGo() => _resumed.TrySetResult();

    public DelegatingHandler CreateHandler() => new Handler(this);

    /// <summary>Creates the middleware that detects <see cref="VisitorLeft"/>.</summary>
    public IStartupFilter CreateFilter() => new Filter(this);

    private sealed class Filter(Outage outage) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, request) =>
            {
                context.RequestAborted.Register(() => outage._visitorLeft.TrySetResult());
                return request(context);
            });
            next(app);
        };
    }

    private sealed class Handler(Outage outage) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref outage._requests);
            switch (outage.Kind)
            {
                case OutageKind.Unavailable:
                case OutageKind.UnavailableToVisitors when !request.RequestUri!.AbsolutePath.StartsWith(
                    "/internal/", StringComparison.Ordinal):
                    return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { RequestMessage = request };
                case OutageKind.Unreachable:
                    throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
                case OutageKind.Hanging:
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    throw new InvalidOperationException("An infinite delay ended.");
                case OutageKind.AnswerLost when request.Method != HttpMethod.Get:
                    (await base.SendAsync(request, cancellationToken)).Dispose();
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was closed");
                case OutageKind.SlowWrites when request.Method != HttpMethod.Get:
                    outage._arrived.TrySetResult();
                    await outage._resumed.Task.WaitAsync(cancellationToken);
                    goto default;
                default:
                    var response = await base.SendAsync(request, cancellationToken);
                    outage.Answered.Enqueue(request.RequestUri!.AbsolutePath);
                    return response;
            }
        }
    }
}
