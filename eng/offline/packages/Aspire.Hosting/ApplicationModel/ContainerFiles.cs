namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is copied into a container before it starts; what is not set here is as the folder around it has it.</summary>
public abstract class ContainerFileSystemItem
{
    public string Name { get; set; } = "";
    public int? Owner { get; set; }
    public int? Group { get; set; }
    public UnixFileMode Mode { get; set; }
}

public sealed class ContainerFile : ContainerFileSystemItem
{
    public string? Contents { get; set; }
}

public sealed class ContainerDirectory : ContainerFileSystemItem
{
    public IEnumerable<ContainerFileSystemItem> Entries { get; set; } = [];
}

public sealed class ContainerFileSystemCallbackContext
{
    public required IResource Model { get; init; }
    public required IServiceProvider Services { get; init; }
}

internal sealed record ContainerFilesAnnotation(string Destination, int? Owner, int? Group, UnixFileMode? Umask,
    Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> Callback) : IResourceAnnotation;

public sealed class DockerfileFactoryContext
{
    public required IServiceProvider Services { get; init; }
    public required IResource Resource { get; init; }
    public CancellationToken CancellationToken { get; init; }
}
