namespace Aspire.Hosting.ApplicationModel;

/// <summary>A file or folder that is copied into a container before it starts.</summary>
public abstract class ContainerFileSystemItem
{
    public string Name { get; set; } = "";
    public int? Owner { get; set; }
    public int? Group { get; set; }
    /// <summary>0 means: as the umask has it.</summary>
    public UnixFileMode Mode { get; set; }
}

public sealed class ContainerFile : ContainerFileSystemItem
{
    public string? Contents { get; set; }
    /// <summary>A file of this machine to take the contents from, instead of <see cref="Contents"/>.</summary>
    public string? SourcePath { get; set; }
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
