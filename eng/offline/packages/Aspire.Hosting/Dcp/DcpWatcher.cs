using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>Turns what DCP says of its processes and containers into snapshots, events and log lines.</summary>
internal sealed class DcpWatcher(DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing, IServiceProvider services, ILoggerFactory loggerFactory, DistributedApplicationOptions options, ILogger<DcpWatcher> logger)
{
    private static readonly string[] _sources = ["startup_stdout", "startup_stderr", "stdout", "stderr", "system"];

    public async Task WatchAsync(DcpApi api, string kinds, CancellationToken cancellationToken)
    {
        var followed = new HashSet<string>();
        await foreach (var item in api.WatchAsync(kinds, cancellationToken).ConfigureAwait(false))
        {
            var state = (string?)item["status"]?["state"];
            if (string.IsNullOrEmpty(state) || state is "Unknown" or "Pending"
                || !model.Resources.TryGetByName((string?)item["metadata"]!["annotations"]?["resource-name"] ?? "", out var resource))
            {
                continue;
            }

            try
            {
                await ObserveAsync(resource, item, state).ConfigureAwait(false);
                // A new start is a new object, with streams of its own.
                if (followed.Add((string)item["metadata"]!["uid"]!))
                {
                    Follow(api, kinds, resource, cancellationToken);
                }
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                logger.LogError(ex, "A change of {Resource} could not be handled: {Object}", resource.Name, item);
            }
        }
    }

    private async Task ObserveAsync(IResource resource, JsonNode item, string state)
    {
        var id = resource.InstanceId();
        var before = notifications.TryGetCurrentState(id, out var previous) ? previous.Snapshot.State?.Text : null;
        await notifications.PublishUpdateAsync(resource, id, s => Snapshot(resource, item, s) with { State = state }).ConfigureAwait(false);
        foreach (var child in model.Resources.Where(r => r is not ParameterResource && r.SelfAndAncestors().Skip(1).Contains(resource)))
        {
            await notifications.PublishUpdateAsync(child, s => s with { State = state }).ConfigureAwait(false);
        }

        var terminal = KnownResourceStates.TerminalStates;
        if (terminal.Contains(state) && !terminal.Contains(before) && notifications.TryGetCurrentState(id, out var now))
        {
            await eventing.PublishAsync(new ResourceStoppedEvent(resource, services, now)).ConfigureAwait(false);
        }
    }

    private static CustomResourceSnapshot Snapshot(IResource resource, JsonNode item, CustomResourceSnapshot previous)
    {
        var (spec, status) = (item["spec"]!, item["status"]!);
        var args = Array(status["effectiveArgs"]).Select(a => (string)a!).ToImmutableArray();
        var given = Array(spec["args"]).Select(a => (string)a!).Skip(resource is ProjectResource ? 2 : 0).ToImmutableArray();
        var fromSpec = Array(spec["env"]).Select(e => (string?)e!["name"]).ToHashSet();
        var project = resource as ProjectResource;
        var next = resource.IsContainer()
            ? previous.With((KnownProperties.ContainerImage, (string?)spec["image"]), (KnownProperties.ContainerId, (string?)status["containerId"]),
                (KnownProperties.ContainerCommand, (string?)spec["command"]), (KnownProperties.ContainerArgs, args),
                (KnownProperties.ContainerPorts, Array(spec["ports"]).Select(p => (int)p!["containerPort"]!).ToImmutableArray()),
                (KnownProperties.ContainerLifetime, ContainerLifetime.Session), (KnownProperties.AppArgs, given))
            : previous.With((KnownProperties.ExecutablePath, (string?)spec["executablePath"]), (KnownProperties.ExecutableWorkDir, (string?)spec["workingDirectory"]),
                (KnownProperties.ExecutableArgs, args), (KnownProperties.ExecutablePid, (int?)status["pid"]), (KnownProperties.AppArgs, given),
                (KnownProperties.ProjectPath, project?.GetProjectMetadata().ProjectPath),
                (KnownProperties.ProjectLaunchProfile, project?.Annotations.OfType<LaunchProfileInUse>().LastOrDefault()?.Name));
        return next with
        {
            // Of a container, -1 is DCP's word for not known; of a process it means that a signal ended it.
            ExitCode = (int?)status["exitCode"] is { } code && (code != -1 || !resource.IsContainer()) ? code : null,
            CreationTimeStamp = Time(item["metadata"]!["creationTimestamp"]),
            StartTimeStamp = Time(status["startupTimestamp"]),
            StopTimeStamp = Time(status["finishTimestamp"]),
            EnvironmentVariables = [.. Array(status["effectiveEnv"]).OrderBy(e => (string?)e!["name"], StringComparer.Ordinal)
                .Select(e => new EnvironmentVariableSnapshot((string)e!["name"]!, (string?)e["value"] ?? "", fromSpec.Contains((string?)e["name"])))],
            Volumes = [.. Array(spec["volumeMounts"]).Select(v => new VolumeSnapshot(
                (string?)v!["source"], (string?)v["target"] ?? "", (string?)v["type"] ?? "", (bool?)v["readOnly"] ?? false))],
            Urls = [.. ResourceUrls.Snapshot(resource, (string?)status["state"] == KnownResourceStates.Running)],
        };
    }

    private void Follow(DcpApi api, string kinds, IResource resource, CancellationToken cancellationToken)
    {
        var name = resource.InstanceId();
        var forward = options.EnableResourceLogging ? loggerFactory.CreateLogger($"{options.Assembly?.GetName().Name}.Resources.{resource.Name}") : null;
        foreach (var source in _sources)
        {
            _ = Task.Run(async () =>
            {
                await foreach (var line in api.ReadLogAsync(kinds, name, source, cancellationToken).ConfigureAwait(false))
                {
                    loggers.Write(name, source == "system" ? SystemLine(line) : line, isError: source == "stderr");
                    forward?.Log(source == "stderr" ? LogLevel.Error : LogLevel.Information, "{Line}", line);
                }
            }, cancellationToken);
        }
    }

    // DCP's own lines are "time, level, category, message", set apart by tabs.
    private static string SystemLine(string line) => line.Split('\t', 4) is [var time, _, _, var message] ? $"{time.Split(' ')[0]} [sys] {message}" : line;

    private static JsonArray Array(JsonNode? node) => node?.AsArray() ?? [];

    private static DateTime? Time(JsonNode? node) => (DateTimeOffset?)node is { Year: > 1 } time ? time.UtcDateTime : null;
}
