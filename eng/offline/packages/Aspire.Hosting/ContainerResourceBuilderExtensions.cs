namespace Aspire.Hosting;

public static class ContainerResourceBuilderExtensions
{
    /// <summary>Takes an image as in <c>docker pull</c>; the tag (or digest) is in it or in <paramref name="tag"/>, else it is <c>latest</c>.</summary>
    public static IResourceBuilder<T> WithImage<T>(this IResourceBuilder<T> builder, string image, string? tag = null) where T : ContainerResource
    {
        // A colon before the last slash belongs to a registry's port.
        var isComplete = image.LastIndexOfAny([':', '@']) > image.LastIndexOf('/');
        return isComplete && tag is not null ? throw new ArgumentException($"The image '{image}' has a tag or digest, and '{tag}' is a second one.", nameof(tag))
            : builder.WithAnnotation(new ContainerImage(isComplete ? image : $"{image}:{tag ?? "latest"}"));
    }

    /// <summary>Of what is covered here only none, which is how it is: an image comes from where its name says.</summary>
    public static IResourceBuilder<T> WithImageRegistry<T>(this IResourceBuilder<T> builder, string? registry) where T : ContainerResource
        => registry is null ? builder : throw new NotSupportedException($"A registry ('{registry}') beside the name of an image is not covered by eng/offline; use WithImage.");

    /// <summary>Arguments of <c>docker create</c>, before the image.</summary>
    public static IResourceBuilder<T> WithContainerRuntimeArgs<T>(this IResourceBuilder<T> builder, params string[] args) where T : ContainerResource
        => builder.WithAnnotation(new ContainerRuntimeArgsCallbackAnnotation(Callbacks.Of<ContainerRuntimeArgsCallbackContext>(c => Array.ForEach(args, c.Args.Add))));

    /// <summary>Mounts a volume that goes with the container.</summary>
    public static IResourceBuilder<T> WithVolume<T>(this IResourceBuilder<T> builder, string target) where T : ContainerResource
        => builder.WithAnnotation(new ContainerMountAnnotation(null, target, ContainerMountType.Volume, IsReadOnly: false));

    /// <summary>For publishing alone, and left to those who publish: images are not built here.</summary>
    public static IResourceBuilder<T> WithDockerfileFactory<T>(this IResourceBuilder<T> builder, string contextPath,
        Func<DockerfileFactoryContext, string> dockerfileFactory, string? stage = null) where T : ContainerResource => builder;

    public static IResourceBuilder<T> WithContainerFiles<T>(this IResourceBuilder<T> builder, string destinationPath,
        Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> callback,
        int? defaultOwner = null, int? defaultGroup = null, UnixFileMode? umask = null) where T : ContainerResource
        => builder.WithAnnotation(new ContainerFilesAnnotation(destinationPath, defaultOwner, defaultGroup, umask, callback));
}
