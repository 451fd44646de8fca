namespace Aspire.Hosting.Dashboard;

/// <summary>The gRPC server in the AppHost's own process that the dashboard reads the resources from.</summary>
internal sealed class ResourceServer(IServiceProvider services, IConfiguration configuration) : IAsyncDisposable
{
    private WebApplication? _app;

    /// <summary>Starts to listen on loopback alone, and returns the address.</summary>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        // Nothing of the AppHost's own settings and environment is meant for this server.
        var builder = WebApplication.CreateEmptyBuilder(new());
        // gRPC without TLS cannot negotiate its protocol.
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));

        // The parts of the AppHost that the service answers from, and its log.
        builder.Services.AddSingleton(services.GetRequiredService<ILoggerFactory>());
        builder.Services.AddRouting().AddGrpc();
        builder.Services.AddSingleton(ActivatorUtilities.CreateInstance<ResourceService>(services));

        _app = builder.Build();
        _app.Urls.Add(DashboardSettings.GetResourceServiceUrl(configuration));
        var expected = Encoding.UTF8.GetBytes(configuration[DashboardSettings.ResourceServiceKey]!);
        _app.Use((context, next) =>
        {
            var given = Encoding.UTF8.GetBytes(context.Request.Headers["x-resource-service-api-key"].ToString());
            if (CryptographicOperations.FixedTimeEquals(expected, given))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });

        _app.MapGrpcService<ResourceService>();
        await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        return _app.Urls.First();
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;
}
