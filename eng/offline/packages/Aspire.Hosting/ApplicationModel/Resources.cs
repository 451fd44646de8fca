namespace Aspire.Hosting.ApplicationModel;

/// <summary>A named part of the application, described by its annotations.</summary>
public interface IResource
{
    string Name { get; }
    ResourceAnnotationCollection Annotations { get; }
}

public interface IResourceAnnotation;
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;
public interface IResourceWithArgs : IResource;
public interface IResourceWithEnvironment : IResource;
public interface IResourceWithEndpoints : IResource;
public interface IResourceWithWaitSupport : IResource;

public interface IResourceWithParent : IResource { IResource Parent { get; } }

/// <summary>A resource that clients reach by a connection string.</summary>
public interface IResourceWithConnectionString : IResource, IValueProvider, IManifestExpressionProvider
{
    ReferenceExpression ConnectionStringExpression { get; }
    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";
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

    public string Name { get; }
    public ResourceAnnotationCollection Annotations { get; } = [];
}

public class ContainerResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport;

public sealed class ProjectResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport
{
    internal ProjectResource(string name, string projectPath) : base(name) => ProjectPath = projectPath;
    internal string ProjectPath { get; }
    internal string Folder => Path.GetDirectoryName(ProjectPath)!;
}

/// <summary>The genuine dashboard, a process like any other.</summary>
internal sealed class DashboardResource(string program) : Resource("aspire-dashboard"), IResourceWithEnvironment, IResourceWithEndpoints
{
    public const string OtlpEndpointName = "otlp-grpc";
    public string Program => program;
}

public interface IResourceCollection : IList<IResource>;

internal sealed class ResourceCollection : Collection<IResource>, IResourceCollection
{
    protected override void InsertItem(int index, IResource item)
        => base.InsertItem(index, !this.Any(r => r.HasName(item.Name)) ? item : throw new DistributedApplicationException(
            $"Cannot add resource of type '{item.GetType()}' with name '{item.Name}' because a resource with that name already exists. "
            + "Resource names are case-insensitive."));
}

public sealed record DistributedApplicationModel(IResourceCollection Resources);

/// <summary>Marks a parameter as the name of a resource; genuine Aspire's analyzer checks what is passed.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ResourceNameAttribute : Attribute;
