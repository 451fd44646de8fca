using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A named part of the application, described by its annotations.</summary>
public interface IResource
{
    string Name { get; }
    ResourceAnnotationCollection Annotations { get; }
}

public interface IResourceAnnotation;
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;
public interface IResourceWithEnvironment : IResource;
public interface IResourceWithArgs : IResource;
public interface IResourceWithEndpoints : IResource;
public interface IResourceWithWaitSupport : IResource;
public interface IResourceWithProbes : IResource;
public interface IComputeResource : IResource;

public interface IResourceWithParent : IResource
{
    IResource Parent { get; }
}

public interface IResourceWithParent<out T> : IResourceWithParent where T : IResource
{
    new T Parent { get; }
    IResource IResourceWithParent.Parent => Parent;
}

/// <summary>A resource that clients reach by a connection string.</summary>
public interface IResourceWithConnectionString : IResource, IExpressionValue, IValueWithReferences
{
    ReferenceExpression ConnectionStringExpression { get; }
    string? ConnectionStringEnvironmentVariable => null;
    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";
    IEnumerable<object> IValueWithReferences.References => [ConnectionStringExpression];

    ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) => ConnectionStringExpression.GetValueAsync(cancellationToken);
    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetConnectionStringAsync(cancellationToken);
    ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken)
        => ConnectionStringExpression.GetValueAsync(context, cancellationToken);
}

public abstract class Resource : IResource
{
    protected Resource(string name)
    {
        // The rules of genuine Aspire: the name becomes a host name and a container name.
        if (name.Length is 0 or > 64 || !char.IsAsciiLetter(name[0]) || name.EndsWith('-') || name.Contains("--", StringComparison.Ordinal)
            || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
        {
            throw new ArgumentException($"Resource name '{name}' is invalid. Name must have 1 to 64 ASCII letters, digits and single hyphens, "
                + "start with a letter and not end with a hyphen.", nameof(name));
        }

        Name = name;
    }

    public virtual string Name { get; }
    public virtual ResourceAnnotationCollection Annotations { get; } = [];
}

public class ContainerResource(string name, string? entrypoint = null) : Resource(name), IResourceWithEnvironment, IResourceWithArgs,
    IResourceWithEndpoints, IResourceWithWaitSupport, IResourceWithProbes, IComputeResource
{
    public string? Entrypoint { get; set; } = entrypoint;
}

public class ExecutableResource(string name, string command, string workingDirectory) : Resource(name), IResourceWithEnvironment,
    IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IResourceWithProbes, IComputeResource
{
    public string Command => command;
    public string WorkingDirectory => workingDirectory;
}

public class ProjectResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithArgs,
    IResourceWithServiceDiscovery, IResourceWithWaitSupport, IResourceWithProbes, IComputeResource;

public interface IResourceCollection : IList<IResource>
{
    bool TryGetByName(string name, [NotNullWhen(true)] out IResource? resource);
}

internal sealed class ResourceCollection : Collection<IResource>, IResourceCollection
{
    public bool TryGetByName(string name, [NotNullWhen(true)] out IResource? resource)
        => (resource = this.FirstOrDefault(r => r.HasName(name))) is not null;

    protected override void InsertItem(int index, IResource item)
        => base.InsertItem(index, !TryGetByName(item.Name, out _) ? item : throw new DistributedApplicationException(
            $"Cannot add resource of type '{item.GetType()}' with name '{item.Name}' because a resource with that name already exists. "
            + "Resource names are case-insensitive."));
}

public class DistributedApplicationModel(IResourceCollection resources)
{
    public IResourceCollection Resources => resources;
}

/// <summary>Marks a parameter as the name of a resource; genuine Aspire's analyzer checks what is passed.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ResourceNameAttribute : Attribute;

/// <summary>Marks a parameter as the name of an endpoint.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class EndpointNameAttribute : Attribute;
