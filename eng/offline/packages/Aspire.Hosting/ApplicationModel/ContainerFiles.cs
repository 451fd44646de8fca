namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is copied into a container before it starts: a file.</summary>
public abstract class ContainerFileSystemItem
{
    public string Name { get; set; } = "";
    /// <summary>0 means: as the umask has it.</summary>
    public UnixFileMode Mode { get; set; }
}

public sealed class ContainerFile : ContainerFileSystemItem
{
    public string? Contents { get; set; }
}

public sealed class ContainerFileSystemCallbackContext
{
    public required IResource Model { get; init; }
    public required IServiceProvider Services { get; init; }
}

internal sealed record ContainerFilesAnnotation(string Destination, int? Owner, int? Group, UnixFileMode? Umask,
    Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> Callback) : IResourceAnnotation;
