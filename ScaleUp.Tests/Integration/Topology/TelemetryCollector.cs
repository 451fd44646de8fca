using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Topology;

/// <summary>An OTLP receiver (gRPC) that replaces the dashboard and stores the messages it receives.</summary>
internal sealed class TelemetryCollector : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<(string Signal, byte[] Message)> _received = [];

    // A compression flag and the length precede each message (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
    private const int GrpcPrefix = 5;

    private readonly bool _keeps;

    private TelemetryCollector(bool keeps)
    {
        _keeps = keeps;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _server = builder.Build();
        _server.MapPost("/opentelemetry.proto.collector.{signal}.v1.{service}/Export", ReceiveAsync);
    }

    /// <summary>The log records received so far.</summary>
    public IEnumerable<LogRecord> Logs => MessagesOf("logs").SelectMany(OtlpMessages.ReadLogs);

    /// <summary>The spans received so far.</summary>
    public IEnumerable<Span> Spans => MessagesOf("trace").SelectMany(OtlpMessages.ReadSpans);

    public string Url => _server.Urls.First();

    /// <param name="keeps">Whether to store received messages; those of an hour under load do not fit into memory.</param>
    public static async Task<TelemetryCollector> StartAsync(bool keeps = true)
    {
        var collector = new TelemetryCollector(keeps);
        await collector._server.StartAsync();
        return collector;
    }

    /// <summary>Waits until each wanted item has a message of this signal (trace, metrics, logs) that contains all of its bytes.</summary>
    /// <returns>The items still missing at the time limit; empty if all arrived.</returns>
    public async Task<IReadOnlyList<T>> MissingAsync<T>(string signal, IReadOnlyList<T> wanted, Func<T, byte[][]> bytesOf)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        IReadOnlyList<T> missing = wanted;
        try
        {
            while (missing.Count > 0)
            {
                await timer.WaitForNextTickAsync(limit.Token);
                var messages = MessagesOf(signal).ToArray();
                missing = [.. wanted.Where(w => !messages.Any(m => bytesOf(w).All(b => m.AsSpan().IndexOf(b) >= 0)))];
            }
        }
        catch (OperationCanceledException)
        {
        }

        return missing;
    }

    private IEnumerable<byte[]> MessagesOf(string signal) => _received.Where(r => r.Signal == signal).Select(r => r.Message);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context, string signal)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (_keeps)
        {
            _received.Enqueue((signal, body.ToArray()[GrpcPrefix..]));
        }

        // The response is an empty message.
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(new byte[GrpcPrefix], context.RequestAborted);
    }
}
