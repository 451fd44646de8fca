using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace ScaleUp.Tests.Website;

/// <summary>What may become of the tier behind a web server.</summary>
internal enum OutageKind
{
    None,

    /// <summary>Load balancers say that no server is there.</summary>
    Unavailable,

    /// <summary>As <see cref="Unavailable"/>, except for what servers need to start.</summary>
    UnavailableToVisitors,

    /// <summary>Nobody accepts a connection.</summary>
    Unreachable,

    /// <summary>Nobody answers.</summary>
    Hanging,

    /// <summary>A write is done, and its answer lost.</summary>
    AnswerLost,

    /// <summary>A write waits until it is let go on.</summary>
    SlowWrites,
}

/// <summary>Stands between a web server and the application servers, and lets nothing through while it is told not to.</summary>
internal sealed class Outage
{
    private volatile OutageKind _kind;

    public OutageKind Kind { get => _kind; set => _kind = value; }

    /// <summary>How often the web server has asked.</summary>
    public int Requests => Volatile.Read(ref _requests);

    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _visitorLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _requests;

    /// <summary>Ends when the first slow write has come.</summary>
    public Task SlowWriteArrived => _arrived.Task;

    /// <summary>Ends when the web server knows that a visitor has left before the answer came.</summary>
    public Task VisitorLeft => _visitorLeft.Task;

    /// <summary>What was asked for and answered.</summary>
    public ConcurrentQueue<string> Answered { get; } = [];

    /// <summary>Lets slow writes go on.</summary>
    public void LetGo() => _goOn.TrySetResult();

    public DelegatingHandler CreateHandler() => new Handler(this);

    /// <summary>Has <see cref="VisitorLeft"/> noticed.</summary>
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
                case OutageKind.UnavailableToVisitors when !request.RequestUri!.AbsolutePath.StartsWith("/internal/", StringComparison.Ordinal):
                    return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { RequestMessage = request };
                case OutageKind.Unreachable:
                    throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
                case OutageKind.Hanging:
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    throw new InvalidOperationException("Nobody waits for ever.");
                case OutageKind.AnswerLost when request.Method != HttpMethod.Get:
                    (await base.SendAsync(request, cancellationToken)).Dispose();
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was closed");
                case OutageKind.SlowWrites when request.Method != HttpMethod.Get:
                    outage._arrived.TrySetResult();
                    await outage._goOn.Task.WaitAsync(cancellationToken);
                    goto default;
                default:
                    var response = await base.SendAsync(request, cancellationToken);
                    outage.Answered.Enqueue(request.RequestUri!.AbsolutePath);
                    return response;
            }
        }
    }
}
