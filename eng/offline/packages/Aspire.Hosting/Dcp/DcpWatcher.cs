namespace Aspire.Hosting.Dcp;

/// <summary>Turns what DCP says of its processes and containers into snapshots, events and log lines.</summary>
internal sealed class DcpWatcher(DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService loggers,
    ILogger<DcpWatcher> logger)
{
    private static readonly string[] _sources = ["startup_stdout", "startup_stderr", "stdout", "stderr", "system"];

    public async Task WatchAsync(DcpApi api, string kinds, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, string?>();
        await foreach (var item in api.WatchAsync(kinds, cancellationToken).ConfigureAwait(false))
        {
            var state = (string?)item["status"]?["state"];
            var (id, version) = ((string)item["metadata"]!["uid"]!, (string?)item["metadata"]!["resourceVersion"]);
            if (string.IsNullOrEmpty(state) || state is "Unknown" or "Pending"
                // A watch that begins anew tells again what is known, and a state that somebody else gave is to stay.
                || (versions.TryGetValue(id, out var known) && known == version)
                || model.Resources.FirstOrDefault(r => r.Name == (string?)item["metadata"]!["annotations"]?["resource-name"]) is not { } resource)
            {
                continue;
            }

            try
            {
                await ObserveAsync(resource, item, state).ConfigureAwait(false);
                // A new start is a new object, with streams of its own.
                if (versions.TryAdd(id, version))
                {
                    Follow(api, kinds, resource, cancellationToken);
                }

                versions[id] = version;
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                logger.LogError(ex, "A change of {Resource} could not be handled: {Object}", resource.Name, item);
            }
        }
    }

    private async Task ObserveAsync(IResource resource, JsonNode item, string state)
    {
        await notifications.PublishUpdateAsync(resource, s => Snapshot(resource, item, s) with { State = state }).ConfigureAwait(false);
        foreach (var child in model.Resources.Where(r => r.SelfAndAncestors().Skip(1).Contains(resource)))
        {
            await notifications.PublishUpdateAsync(child, s => s with { State = state }).ConfigureAwait(false);
        }
    }

    private static CustomResourceSnapshot Snapshot(IResource resource, JsonNode item, CustomResourceSnapshot previous)
    {
        var (spec, status) = (item["spec"]!, item["status"]!);
        var fromSpec = Array(spec["env"]).Select(e => (string?)e!["name"]).ToHashSet();
        var next = resource is ContainerResource
            ? previous.With((KnownProperties.ContainerImage, (string?)spec["image"]), (KnownProperties.ContainerId, (string?)status["containerId"]),
                (KnownProperties.ContainerPorts, Array(spec["ports"]).Select(p => (int)p!["containerPort"]!).ToImmutableArray()))
            : previous.With((KnownProperties.ExecutablePath, (string?)spec["executablePath"]), (KnownProperties.ExecutableWorkDir, (string?)spec["workingDirectory"]),
                (KnownProperties.ExecutablePid, (int?)status["pid"]), (KnownProperties.ProjectPath, (resource as ProjectResource)?.ProjectPath));
        return next with
        {
            // Of a container, -1 is DCP's word for not known; of a process it means that a signal ended it.
            ExitCode = (int?)status["exitCode"] is { } code && (code != -1 || resource is not ContainerResource) ? code : null,
            CreationTimeStamp = Time(item["metadata"]!["creationTimestamp"]),
            StartTimeStamp = Time(status["startupTimestamp"]),
            StopTimeStamp = Time(status["finishTimestamp"]),
            EnvironmentVariables = [.. Array(status["effectiveEnv"]).OrderBy(e => (string?)e!["name"], StringComparer.Ordinal)
                .Select(e => new EnvironmentVariableSnapshot((string)e!["name"]!, (string?)e["value"] ?? "", fromSpec.Contains((string?)e["name"])))],
            Urls = ResourceUrls.Snapshot(resource, (string?)status["state"] == KnownResourceStates.Running),
        };
    }

    private void Follow(DcpApi api, string kinds, IResource resource, CancellationToken cancellationToken)
    {
        var name = resource.InstanceId();
        foreach (var source in _sources)
        {
            _ = Task.Run(async () =>
            {
                await foreach (var line in api.ReadLogAsync(kinds, name, source, cancellationToken).ConfigureAwait(false))
                {
                    loggers.Write(name, source == "system" ? SystemLine(line) : line, isError: source == "stderr");
                }
            }, cancellationToken);
        }
    }

    // DCP's own lines are "time, level, category, message", set apart by tabs.
    private static string SystemLine(string line) => line.Split('\t', 4) is [var time, _, _, var message] ? $"{time.Split(' ')[0]} [sys] {message}" : line;

    private static JsonArray Array(JsonNode? node) => node?.AsArray() ?? [];

    private static DateTime? Time(JsonNode? node) => (DateTimeOffset?)node is { Year: > 1 } time ? time.UtcDateTime : null;
}
