using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.HAProxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.AppHost;

/// <summary>
/// Drains servers and returns them to service for administrators of the website. The key of the load balancers' Runtime API allows any
/// command, so it stays with the AppHost. Web servers have a key for these two commands only, valid for this run and on this machine.
/// </summary>
internal sealed partial class ServerControl(IResourceBuilder<HAProxyClusterResource> loadBalancers, ServerControlAddress address,
    ILogger<ServerControl> logger) : IHostedService
{
    public const string KeyHeader = "X-Control-Key";
    private const int MaxActions = 50;

    private readonly ConcurrentQueue<ServerAction> _actions = new();
    private WebApplication? _app;

    /// <summary>An executed command.</summary>
    /// <param name="Time">The time of execution.</param>
    /// <param name="Server">The server's name.</param>
    /// <param name="Command"><c>drain</c> or <c>return</c>.</param>
    /// <param name="By">The administrator's user name.</param>
    internal sealed record ServerAction(DateTimeOffset Time, string Server, string Command, string By);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add(address.Uri);
        _app.Use((context, next) =>
        {
            if (IsKey(context.Request.Headers[KeyHeader].ToString()))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });
        _app.MapGet("/actions", () => _actions.ToArray());
        _app.MapPost("/servers/{server}/{command}", ExecuteAsync);
        await _app.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
        {
            await _app.StopAsync(cancellationToken).ConfigureAwait(false);
            await _app.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<IResult> ExecuteAsync(string server, string command, string by, CancellationToken cancellationToken)
    {
        if (command is not ("drain" or "return") || !loadBalancers.Resource.ServerNames.Contains(server))
        {
            return Results.NotFound();
        }

        var cluster = loadBalancers.Resource;
        try
        {
            var isDrained = cluster.IsDrained(server);
            var message = command == "drain"
                ? await cluster.DrainAsync(server, cancellationToken).ConfigureAwait(false)
                : await cluster.ReturnToServiceAsync(server, cancellationToken).ConfigureAwait(false);
            // A repeated request is the same action.
            if (isDrained != (command == "drain"))
            {
                _actions.Enqueue(new ServerAction(DateTimeOffset.UtcNow, server, command, by));
                while (_actions.Count > MaxActions)
                {
                    _actions.TryDequeue(out _);
                }

                LogAction(by, command, server, message);
            }

            return Results.Text(message);
        }
        catch (RuntimeApiException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private bool IsKey(string key) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(key)),
        SHA256.HashData(Encoding.UTF8.GetBytes(address.Key)));

    [LoggerMessage(LogLevel.Information, "Administrator {Administrator}: {Command} {Server}. {Outcome}")]
    private partial void LogAction(string administrator, string command, string server, string outcome);
}

/// <summary>The address and key with which web servers call <see cref="ServerControl"/>.</summary>
/// <param name="Port">A free port on the loopback interface.</param>
/// <param name="Key">The key, valid for this run.</param>
internal sealed record ServerControlAddress(int Port, string Key)
{
    public string Uri => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");
}

internal static class ServerControlExtensions
{
    /// <summary>Lets web servers drain servers and return them to service. Not available when deployed, where no AppHost runs.</summary>
    public static IResourceBuilder<ReplicaGroupResource> WithServerControl(
        this IResourceBuilder<ReplicaGroupResource> servers, IResourceBuilder<HAProxyClusterResource> loadBalancers)
    {
        if (servers.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            return servers;
        }

        var port = LoopbackPort.FindFree(["127.0.0.1"], isStatic: true);
        var address = new ServerControlAddress(port, RandomNumberGenerator.GetHexString(64));
        servers.ApplicationBuilder.Services.AddSingleton<IHostedService>(
            services => new ServerControl(loadBalancers, address, services.GetRequiredService<ILogger<ServerControl>>()));
        return servers
            .WithEnvironment("Operations__ControlAddress", address.Uri)
            .WithEnvironment("Operations__ControlKey", address.Key);
    }
}
