namespace Aspire.Hosting.ApplicationModel;

internal sealed record ContainerImage(string Reference) : IResourceAnnotation;
internal sealed record ContainerRuntimeArgsAnnotation(string[] Args) : IResourceAnnotation;
internal sealed record ArgsAnnotation(object[] Args) : IResourceAnnotation;
internal sealed record HealthCheckAnnotation(string Key) : IResourceAnnotation;
internal sealed record WaitAnnotation(IResource Resource) : IResourceAnnotation;
internal sealed record ResourceSnapshotAnnotation(CustomResourceSnapshot InitialSnapshot) : IResourceAnnotation;
internal sealed record ResourceIconAnnotation(string IconName) : IResourceAnnotation;
internal sealed record ExplicitStartupAnnotation : IResourceAnnotation;
internal sealed record EnvironmentCallbackAnnotation(Action<EnvironmentCallbackContext> Callback) : IResourceAnnotation;
internal sealed record EndpointUrlCallbackAnnotation(string EndpointName, Action<ResourceUrlAnnotation> Callback) : IResourceAnnotation;
internal sealed record DcpInstanceAnnotation(string Name, string Suffix) : IResourceAnnotation;
internal sealed record ResourceRelationshipAnnotation(IResource Resource, string Type) : IResourceAnnotation;

internal static class KnownRelationshipTypes
{
    public const string WaitFor = "WaitFor", Reference = "Reference", Parent = "Parent";
}

public sealed class EnvironmentCallbackContext
{
    /// <summary>Strings, or values that are found when the resource starts.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = [];
}

/// <summary>A link of the resource in the dashboard.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    public required string Url { get; set; }
    public string? DisplayText { get; set; }
    internal string? EndpointName { get; init; }
}

/// <summary>A volume of a container, anonymous where it has no source; other mounts are not covered.</summary>
public sealed class ContainerMountAnnotation(string? source, string target, ContainerMountType type, bool isReadOnly) : IResourceAnnotation
{
    public string? Source { get; } = source;
    public string Target { get; } = target;
    public ContainerMountType Type { get; } = type;
    public bool IsReadOnly { get; } = isReadOnly;
}

public enum ContainerMountType
{
    Volume = 1,
}
