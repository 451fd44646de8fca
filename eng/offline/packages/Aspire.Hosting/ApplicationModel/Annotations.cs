using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.ApplicationModel;

public sealed class ContainerImageAnnotation : IResourceAnnotation
{
    public string? Registry { get; set; }
    public required string Image { get; set; }
    public string? Tag { get; set; }
}

public enum ImagePullPolicy { Default, Always, Missing, Never }
public enum ContainerLifetime { Session, Persistent }
public enum ContainerMountType { BindMount, Volume }
public enum WaitType { WaitUntilHealthy, WaitForCompletion, WaitUntilStarted }
public enum UrlDisplayLocation { SummaryAndDetails, DetailsOnly }

public record ContainerMountAnnotation(string? Source, string Target, ContainerMountType Type, bool IsReadOnly) : IResourceAnnotation;
public record HealthCheckAnnotation(string Key) : IResourceAnnotation;
public record ResourceRelationshipAnnotation(IResource Resource, string Type) : IResourceAnnotation;
public record ResourceSnapshotAnnotation(CustomResourceSnapshot InitialSnapshot) : IResourceAnnotation;
public record ResourceIconAnnotation(string IconName, IconVariant IconVariant = IconVariant.Filled) : IResourceAnnotation;
public record ExplicitStartupAnnotation : IResourceAnnotation;
public record OtlpExporterAnnotation : IResourceAnnotation;
public record EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> Callback) : IResourceAnnotation;
public record CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> Callback) : IResourceAnnotation;
public record ResourceUrlsCallbackAnnotation(Func<ResourceUrlsCallbackContext, Task> Callback) : IResourceAnnotation;
internal sealed record ContainerRuntimeArgsAnnotation(string[] Args) : IResourceAnnotation;
internal sealed record ContainerNameAnnotation(string Name) : IResourceAnnotation;
internal sealed record ContainerPullPolicyAnnotation(ImagePullPolicy Policy) : IResourceAnnotation;
internal sealed record ContainerNetworkAliasAnnotation(string Alias) : IResourceAnnotation;
internal sealed record DcpInstanceAnnotation(string Name, string Suffix) : IResourceAnnotation;

public record WaitAnnotation(IResource Resource, WaitType WaitType, int ExitCode = 0) : IResourceAnnotation
{
    public WaitBehavior? WaitBehavior { get; init; }
}

internal static class KnownRelationshipTypes
{
    public const string WaitFor = "WaitFor", Reference = "Reference", Parent = "Parent";
}

/// <summary>What a callback may add to the environment of a resource: strings, or values that are found when it starts.</summary>
public class EnvironmentCallbackContext(DistributedApplicationExecutionContext executionContext, IResource resource,
    Dictionary<string, object>? environmentVariables = null, CancellationToken cancellationToken = default)
{
    public Dictionary<string, object> EnvironmentVariables { get; } = environmentVariables ?? [];
    public CancellationToken CancellationToken => cancellationToken;
    public DistributedApplicationExecutionContext ExecutionContext => executionContext;
    public IResource Resource => resource;
    public ILogger Logger { get; set; } = NullLogger.Instance;
}

public sealed class CommandLineArgsCallbackContext(IList<object> args, IResource resource, CancellationToken cancellationToken = default)
{
    public IList<object> Args => args;
    public IResource Resource => resource;
    public CancellationToken CancellationToken => cancellationToken;
    public required DistributedApplicationExecutionContext ExecutionContext { get; init; }
    public ILogger Logger { get; init; } = NullLogger.Instance;
}

/// <summary>A link of the resource in the dashboard.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    public int? DisplayOrder;
    public required string Url { get; set; }
    public string? DisplayText { get; set; }
    public EndpointReference? Endpoint { get; init; }
    public UrlDisplayLocation DisplayLocation { get; set; }
}

public class ResourceUrlsCallbackContext(DistributedApplicationExecutionContext executionContext, IResource resource,
    List<ResourceUrlAnnotation>? urls = null, CancellationToken cancellationToken = default)
{
    public IResource Resource => resource;
    public List<ResourceUrlAnnotation> Urls { get; } = urls ?? [];
    public DistributedApplicationExecutionContext ExecutionContext => executionContext;
    public CancellationToken CancellationToken => cancellationToken;
    public EndpointReference? GetEndpoint(string name) => (resource as IResourceWithEndpoints)?.GetEndpoint(name);
}
