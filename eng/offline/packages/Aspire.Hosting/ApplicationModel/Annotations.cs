namespace Aspire.Hosting.ApplicationModel;

internal sealed record ContainerImage(string Reference) : IResourceAnnotation;
internal sealed record HealthCheckAnnotation(string Key) : IResourceAnnotation;
internal sealed record WaitAnnotation(IResource Resource) : IResourceAnnotation;
internal sealed record ResourceSnapshotAnnotation(CustomResourceSnapshot InitialSnapshot) : IResourceAnnotation;
internal sealed record ResourceIconAnnotation(string IconName) : IResourceAnnotation;
internal sealed record EndpointUrlCallbackAnnotation(string EndpointName, Action<ResourceUrlAnnotation> Callback) : IResourceAnnotation;
internal sealed record DcpInstanceAnnotation(string Name, string Suffix) : IResourceAnnotation;

// What tests of an application model look at has genuine Aspire's names and shapes.
public sealed record ExplicitStartupAnnotation : IResourceAnnotation;
public sealed record ReplicaAnnotation(int Replicas) : IResourceAnnotation;
public sealed record DeploymentTargetAnnotation(IResource DeploymentTarget) : IResourceAnnotation;
public sealed record ManifestPublishingCallbackAnnotation(Action<ManifestPublishingContext> Callback) : IResourceAnnotation;
public sealed record ResourceRelationshipAnnotation(IResource Resource, string Type) : IResourceAnnotation;

public sealed record EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> Callback) : IResourceAnnotation;
public sealed record CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> Callback) : IResourceAnnotation;
public sealed record ContainerRuntimeArgsCallbackAnnotation(Func<ContainerRuntimeArgsCallbackContext, Task> Callback) : IResourceAnnotation;
public sealed record CommandLineArgsCallbackContext(IList<object> Args, IResource Resource);
public sealed record ContainerRuntimeArgsCallbackContext(IList<object> Args);

internal static class Callbacks
{
    public static Func<T, Task> Of<T>(Action<T> callback) => context => { callback(context); return Task.CompletedTask; };
}

internal static class KnownRelationshipTypes { public const string WaitFor = "WaitFor", Reference = "Reference", Parent = "Parent"; }

public sealed record EnvironmentCallbackContext(DistributedApplicationExecutionContext ExecutionContext, IResource Resource)
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
public sealed record ContainerMountAnnotation(string? Source, string Target, ContainerMountType Type, bool IsReadOnly) : IResourceAnnotation;
public enum ReferenceEnvironmentInjectionFlags { ConnectionString = 1 }
public enum ContainerMountType { Volume = 1 }
