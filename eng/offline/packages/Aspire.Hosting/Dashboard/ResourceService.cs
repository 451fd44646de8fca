using Aspire.Hosting.Dashboard.Protocol;

namespace Aspire.Hosting.Dashboard;

/// <summary>Answers the dashboard: what resources there are, what they log, and what their commands did.</summary>
internal sealed class ResourceService(
    IHostEnvironment environment, IHostApplicationLifetime lifetime, ResourceNotificationService notifications,
    ResourceLoggerService loggers, ResourceCommandService commands) : DashboardService.DashboardServiceBase
{
    // A gRPC message may have 4 MiB, and a character takes up to 3 bytes.
    private const int MaxLogCharacters = 1024 * 1024;

    public override Task<ApplicationInformationResponse> GetApplicationInformation(ApplicationInformationRequest request, ServerCallContext context)
        => Task.FromResult(new ApplicationInformationResponse
        {
            ApplicationName = environment.ApplicationName.Replace(".AppHost", "", StringComparison.Ordinal),
        });

    public override Task WatchResources(
        WatchResourcesRequest request, IServerStreamWriter<WatchResourcesUpdate> responseStream, ServerCallContext context)
        => UntilEndAsync(context, async cancellationToken =>
        {
            // The notifications begin with the present state of each resource, so nothing is lost by starting from none.
            await responseStream.WriteAsync(new() { Initial = new() }, cancellationToken).ConfigureAwait(false);
            await foreach (var change in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
            {
                var update = new WatchResourcesUpdate { Changes = new() { Value = { new ResourceChange { Upsert = ResourceMessages.Create(change) } } } };
                await responseStream.WriteAsync(update, cancellationToken).ConfigureAwait(false);
            }
        });

    public override Task WatchResourceConsoleLogs(
        WatchConsoleLogsRequest request, IServerStreamWriter<WatchConsoleLogsUpdate> responseStream, ServerCallContext context)
        => UntilEndAsync(context, async cancellationToken =>
        {
            var logs = request.SuppressFollow ? loggers.GetAllAsync(request.ResourceName) : loggers.WatchAsync(request.ResourceName);
            await foreach (var lines in logs.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                var update = new WatchConsoleLogsUpdate();
                var size = 0;
                foreach (var line in lines)
                {
                    if (size > 0 && size + line.Content.Length > MaxLogCharacters)
                    {
                        await responseStream.WriteAsync(update, cancellationToken).ConfigureAwait(false);
                        (update, size) = (new(), 0);
                    }

                    update.LogLines.Add(new ConsoleLogLine { Text = line.Content, IsStdErr = line.IsErrorMessage, LineNumber = line.LineNumber });
                    size += line.Content.Length;
                }

                await responseStream.WriteAsync(update, cancellationToken).ConfigureAwait(false);
            }
        });

    public override async Task<CommandResponse> ExecuteResourceCommand(CommandRequest request, ServerCallContext context)
    {
        var result = await commands.ExecuteCommandAsync(request.ResourceName, request.CommandName, context.CancellationToken).ConfigureAwait(false);
        return new()
        {
            Kind = result.Success ? CommandOutcome.Succeeded : result.Canceled ? CommandOutcome.Cancelled : CommandOutcome.Failed,
            Message = result.Message ?? "",
            // On the wire, 0 stands for no format.
            Result = result.Data is not { } data ? null
                : new() { Value = data.Value, Format = (ResultFormat)(data.Format + 1), DisplayImmediately = data.DisplayImmediately },
        };
    }

    public override Task WatchInteractions(
        IAsyncStreamReader<InteractionRequest> requestStream, IServerStreamWriter<InteractionUpdate> responseStream, ServerCallContext context)
        => UntilEndAsync(context, cancellationToken => Task.Delay(Timeout.Infinite, cancellationToken));

    // A stream ends with the dashboard's call or with the AppHost, whose stop would otherwise wait for the dashboard.
    private async Task UntilEndAsync(ServerCallContext context, Func<CancellationToken, Task> serve)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await serve(end.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (end.IsCancellationRequested && exception is OperationCanceledException or IOException or InvalidOperationException)
        {
        }
    }
}
