using System.Text;

namespace Aspire.Hosting.HAProxy;

/// <summary>The dashboard commands of each server of a tier and of each load balancer.</summary>
internal static class HAProxyCommands
{
    public const string Drain = "drain";
    public const string Return = "return-to-service";
    public const string Reload = "reload-configuration";
    public const string Status = "show-status";

    public static void AddToServer(IResourceBuilder<IResourceWithEndpoints> server, HAProxyManager manager)
    {
        var name = server.Resource.Name;
        server.WithCommand(
            Drain,
            "Drain",
            context => TryAsync(() => manager.DrainAsync(name, context.CancellationToken)),
            new CommandOptions
            {
                Description = "Send no new requests to this server. Requests in flight finish, and the server keeps running.",
                IconName = "ArrowExit",
                UpdateState = context =>
                    context.ResourceSnapshot.State?.Text is var state && HAProxyMonitor.IsDrainState(state) ? ResourceCommandState.Hidden
                    : state == KnownResourceStates.Running ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
            });
        server.WithCommand(
            Return,
            "Return to service",
            context => TryAsync(() => manager.ReturnAsync(name, context.CancellationToken)),
            new CommandOptions
            {
                Description = "Send requests to this server again.",
                IconName = "ArrowEnter",
                IsHighlighted = true,
                UpdateState = context =>
                    HAProxyMonitor.IsDrainState(context.ResourceSnapshot.State?.Text) || manager.IsDrained(name)
                        ? ResourceCommandState.Enabled
                        : ResourceCommandState.Hidden,
            });
    }

    public static void AddToInstance(IResourceBuilder<HAProxyResource> instance, HAProxyManager manager)
    {
        instance.WithCommand(Reload, "Reload configuration", context => TryAsync(async () =>
        {
            await RuntimeApiClient.ReloadAsync(instance.Resource, context.CancellationToken).ConfigureAwait(false);
            // Drain servers in the new worker too.
            await manager.RefreshAsync(context.CancellationToken).ConfigureAwait(false);
            return $"{instance.Resource.Name} reloaded its configuration file; requests in flight finish in the old process.";
        }), new CommandOptions
        {
            Description = "Reload the configuration file without losing a request.",
            IconName = "ArrowSync",
            UpdateState = IfRunning,
        });
        instance.WithCommand(Status, "Show status", async context =>
        {
            try
            {
                var text = await DescribeAsync(instance.Resource, context.CancellationToken).ConfigureAwait(false);
                return CommandResults.Success(
                    $"Status of {instance.Resource.Name}", text, CommandResultFormat.Markdown, displayImmediately: true);
            }
            catch (RuntimeApiException ex)
            {
                return CommandResults.Failure(ex.Message);
            }
        }, new CommandOptions
        {
            Description = "Show the state and statistics of each server as this load balancer sees them.",
            IconName = "DataUsage",
            UpdateState = IfRunning,
        });
    }

    private static ResourceCommandState IfRunning(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static async Task<ExecuteCommandResult> TryAsync(Func<Task<string>> action)
    {
        try
        {
            return CommandResults.Success(await action().ConfigureAwait(false));
        }
        catch (RuntimeApiException ex)
        {
            return CommandResults.Failure(ex.Message);
        }
    }

    private static async Task<string> DescribeAsync(HAProxyResource instance, CancellationToken cancellationToken)
    {
        var statistics = await RuntimeApiClient.GetStatisticsAsync(instance, cancellationToken).ConfigureAwait(false);
        var info = (await RuntimeApiClient.SendAsync(instance, "@1 show info", cancellationToken).ConfigureAwait(false))
            .Split('\n')
            .Select(line => line.Split(": ", 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1].Trim());

        var text = new StringBuilder()
            .Append($"**{instance.Name}**: HAProxy {info["Version"]}, up {info["Uptime"]}, ")
            .Append($"{info["CurrConns"]} connections, {info["CumReq"]} requests\n");
        foreach (var frontend in instance.Cluster.Frontends)
        {
            var backend = frontend.Backend.Name;
            var standby = frontend.Backend.Servers.Where(s => s.IsStandby).Select(s => s.Name).ToHashSet();
            text.Append($"\n### {frontend.Name} → {backend}\n\n")
                .Append("| server | state | in flight | requests | errors | last check |\n|---|---|---:|---:|---:|---|\n");
            foreach (var line in statistics.Lines.Where(line => line.Proxy == backend && line.Name is not ("FRONTEND" or "BACKEND")))
            {
                var state = line.IsDown && standby.Contains(line.Name) ? "standby" : line.Status;
                var errors = line.Number("econ") + line.Number("eresp");
                text.Append($"| {line.Name} | {state} | {line.InFlight} | {line.Text("stot")} | {errors} | {line.Reason} |\n");
            }

            if (statistics.Server(backend, "BACKEND") is { } total)
            {
                text.Append($"\n{total.Text("qcur")} requests are queued; {total.Text("wredis")} were retried on another server.\n");
            }
        }

        return text.ToString();
    }
}
