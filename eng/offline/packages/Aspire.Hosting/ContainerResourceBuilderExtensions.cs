using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static class ContainerResourceExtensions
{
    public static bool IsContainer(this IResource resource) => resource.HasAnnotationOfType<ContainerImageAnnotation>();
}

public static class ContainerResourceBuilderExtensions
{
    public static IResourceBuilder<ContainerResource> AddContainer(this IDistributedApplicationBuilder builder, string name, string image)
        => builder.AddResource(new ContainerResource(name)).WithImage(image);

    public static IResourceBuilder<ContainerResource> AddContainer(this IDistributedApplicationBuilder builder, string name, string image, string tag)
        => builder.AddResource(new ContainerResource(name)).WithImage(image, tag);

    /// <summary>Takes <c>[registry/]name[:tag]</c>; the tag is given here or in <paramref name="tag"/>, else it is <c>latest</c>.</summary>
    public static IResourceBuilder<T> WithImage<T>(this IResourceBuilder<T> builder, string image, string? tag = null) where T : ContainerResource
    {
        // A colon before the last slash belongs to a registry's port.
        var colon = image.LastIndexOf(':') is var last && last > image.LastIndexOf('/') ? last : image.Length;
        if (image.Contains('@', StringComparison.Ordinal) || (tag is not null && colon < image.Length))
        {
            throw new NotSupportedException($"The image '{image}' has a digest, or a second tag, which is not covered by eng/offline; give name and one tag.");
        }

        builder.Resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var old);
        return builder.WithAnnotation(new ContainerImageAnnotation
        {
            Registry = old?.Registry, Image = image[..colon], Tag = tag ?? (colon < image.Length ? image[(colon + 1)..] : "latest"),
        }, ResourceAnnotationMutationBehavior.Replace);
    }

    public static IResourceBuilder<T> WithImageTag<T>(this IResourceBuilder<T> builder, string tag) where T : ContainerResource
        => builder.ChangeImage(i => i.Tag = tag);

    public static IResourceBuilder<T> WithImageRegistry<T>(this IResourceBuilder<T> builder, string? registry) where T : ContainerResource
        => builder.ChangeImage(i => i.Registry = registry);

    public static IResourceBuilder<T> WithImagePullPolicy<T>(this IResourceBuilder<T> builder, ImagePullPolicy pullPolicy) where T : ContainerResource
        => builder.WithAnnotation(new ContainerPullPolicyAnnotation(pullPolicy), ResourceAnnotationMutationBehavior.Replace);

    public static IResourceBuilder<T> WithEntrypoint<T>(this IResourceBuilder<T> builder, string entrypoint) where T : ContainerResource
    {
        builder.Resource.Entrypoint = entrypoint;
        return builder;
    }

    public static IResourceBuilder<T> WithLifetime<T>(this IResourceBuilder<T> builder, ContainerLifetime lifetime) where T : ContainerResource
        => lifetime == ContainerLifetime.Session ? builder
            : throw new NotSupportedException("Persistent containers are not covered by eng/offline; use ContainerLifetime.Session, or genuine Aspire.");

    public static IResourceBuilder<T> WithContainerName<T>(this IResourceBuilder<T> builder, string name) where T : ContainerResource
        => builder.WithAnnotation(new ContainerNameAnnotation(name), ResourceAnnotationMutationBehavior.Replace);

    public static IResourceBuilder<T> WithContainerNetworkAlias<T>(this IResourceBuilder<T> builder, string alias) where T : ContainerResource
        => builder.WithAnnotation(new ContainerNetworkAliasAnnotation(alias));

    public static IResourceBuilder<T> WithContainerRuntimeArgs<T>(this IResourceBuilder<T> builder, params string[] args) where T : ContainerResource
        => builder.WithAnnotation(new ContainerRuntimeArgsAnnotation(args));

    public static IResourceBuilder<T> WithVolume<T>(this IResourceBuilder<T> builder, string? name, string target, bool isReadOnly = false) where T : ContainerResource
        => builder.WithAnnotation(new ContainerMountAnnotation(name, target, ContainerMountType.Volume, isReadOnly));

    public static IResourceBuilder<T> WithBindMount<T>(this IResourceBuilder<T> builder, string source, string target, bool isReadOnly = false) where T : ContainerResource
        => builder.WithAnnotation(new ContainerMountAnnotation(
            Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory), target, ContainerMountType.BindMount, isReadOnly));

    public static IResourceBuilder<T> WithContainerFiles<T>(this IResourceBuilder<T> builder, string destinationPath, IEnumerable<ContainerFileSystemItem> entries,
        int? defaultOwner = null, int? defaultGroup = null, UnixFileMode? umask = null) where T : ContainerResource
        => builder.WithContainerFiles(destinationPath, (_, _) => Task.FromResult(entries), defaultOwner, defaultGroup, umask);

    public static IResourceBuilder<T> WithContainerFiles<T>(this IResourceBuilder<T> builder, string destinationPath,
        Func<ContainerFileSystemCallbackContext, CancellationToken, Task<IEnumerable<ContainerFileSystemItem>>> callback,
        int? defaultOwner = null, int? defaultGroup = null, UnixFileMode? umask = null) where T : ContainerResource
        => builder.WithAnnotation(new ContainerFilesAnnotation(destinationPath, defaultOwner, defaultGroup, umask, callback));

    private static IResourceBuilder<T> ChangeImage<T>(this IResourceBuilder<T> builder, Action<ContainerImageAnnotation> change) where T : ContainerResource
    {
        change(builder.Resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image) ? image
            : throw new InvalidOperationException($"The resource '{builder.Resource.Name}' does not have a container image specified. Use WithImage first."));
        return builder;
    }
}
