namespace Aspire.Hosting.ApplicationModel;

/// <summary>The state of a resource at one moment, as the dashboard and the waiters see it.</summary>
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }
    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }
    public DateTime? CreationTimeStamp { get; init; }
    public DateTime? StartTimeStamp { get; init; }
    public DateTime? StopTimeStamp { get; init; }
    public ResourceStateSnapshot? State { get; init; }
    public int? ExitCode { get; init; }
    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];
    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];
    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];
    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];
    public bool IsHidden { get; init; }
    public ImmutableArray<HealthReportSnapshot> HealthReports { get; internal init; } = [];
    /// <summary>Null while it does not run; else the worst of its reports, where one that is still missing counts as unhealthy.</summary>
    public HealthStatus? HealthStatus => State?.Text != KnownResourceStates.Running ? null
        : HealthReports.Select(r => r.Status ?? default).DefaultIfEmpty(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy).Min();

    /// <summary>The handlers of <see cref="ResourceReadyEvent"/>, once all of them have been called.</summary>
    internal Task? ResourceReady { get; init; }
    internal string? IconName { get; init; }

    internal CustomResourceSnapshot With(params (string Name, object? Value)[] properties) => this with
    {
        Properties = [.. Properties.Where(p => properties.All(n => n.Name != p.Name)),
            .. properties.Where(p => p.Value is not null).Select(p => new ResourcePropertySnapshot(p.Name, p.Value))],
    };
}

public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, null);
}

public sealed record ResourcePropertySnapshot(string Name, object? Value)
{
    public bool IsSensitive { get; init; }
}

public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    public bool IsInactive { get; init; }
    public UrlDisplayPropertiesSnapshot DisplayProperties { get; init; } = new();
}

public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText)
{
    public DateTime? LastRunAt { get; init; }
}

public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);
public sealed record RelationshipSnapshot(string ResourceName, string Type);
public sealed record UrlDisplayPropertiesSnapshot(string DisplayName = "");
public sealed record ResourceCommandSnapshot(string Name, ResourceCommandState State, string DisplayName, string? DisplayDescription, object? Parameter,
    string? ConfirmationMessage, string? IconName, IconVariant? IconVariant, bool IsHighlighted);

public static class KnownResourceStateStyles
{
    public static readonly string Success = "success", Error = "error", Info = "info", Warn = "warning";
}

public static class KnownResourceStates
{
    public static readonly string Starting = nameof(Starting), Running = nameof(Running), FailedToStart = nameof(FailedToStart),
        RuntimeUnhealthy = nameof(RuntimeUnhealthy), Stopping = nameof(Stopping), Exited = nameof(Exited), Finished = nameof(Finished),
        Waiting = nameof(Waiting), NotStarted = nameof(NotStarted);

    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>The names under which the dashboard looks for its own columns and details.</summary>
internal static class KnownProperties
{
    public const string Source = "resource.source", ParentName = "resource.parentName", WaitingFor = "resource.waitingFor", ParameterValue = "Value",
        ContainerId = "container.id", ContainerImage = "container.image", ContainerPorts = "container.ports",
        ExecutablePath = "executable.path", ExecutablePid = "executable.pid", ExecutableWorkDir = "executable.workDir", ProjectPath = "project.path";
}

internal static class KnownResourceTypes { public const string Executable = "Executable", Project = "Project", Container = "Container", Parameter = "Parameter"; }
