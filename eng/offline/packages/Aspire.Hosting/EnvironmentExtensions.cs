namespace Aspire.Hosting;

/// <summary>Environment variables, arguments and references to other resources.</summary>
public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback) where T : IResourceWithEnvironment
        => builder.WithAnnotation(new EnvironmentCallbackAnnotation(Callbacks.Of(callback)));
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment
        => builder.Set(name, value ?? "");
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value) where T : IResourceWithEnvironment
        => builder.Set(name, value);
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference) where T : IResourceWithEnvironment
        => builder.Set(name, endpointReference).WithReferenceTo(endpointReference.Resource);

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args) where T : IResourceWithArgs
        => builder.WithArgs((object[])args);
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params object[] args) where T : IResourceWithArgs
        => builder.WithAnnotation(new CommandLineArgsCallbackAnnotation(Callbacks.Of<CommandLineArgsCallbackContext>(c => Array.ForEach(args, c.Args.Add))));

    /// <summary>Gives the connection string as <c>ConnectionStrings__NAME</c>.</summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithConnectionString> source)
        where T : IResourceWithEnvironment => builder.Set($"ConnectionStrings__{source.Resource.Name}", source.Resource).WithReferenceTo(source.Resource);

    /// <summary>Gives connection strings alone, which is all that a reference gives here.</summary>
    public static IResourceBuilder<T> WithReferenceEnvironment<T>(this IResourceBuilder<T> builder, ReferenceEnvironmentInjectionFlags flags)
        where T : IResourceWithEnvironment => builder;

    private static IResourceBuilder<T> Set<T>(this IResourceBuilder<T> builder, string name, object value) where T : IResourceWithEnvironment
        => builder.WithEnvironment(context => context.EnvironmentVariables[name] = value);

    // Shown in the dashboard, each resource once.
    private static IResourceBuilder<T> WithReferenceTo<T>(this IResourceBuilder<T> builder, IResource resource) where T : IResource
        => builder.Resource.Annotations.Contains(new ResourceRelationshipAnnotation(resource, KnownRelationshipTypes.Reference)) ? builder
            : builder.WithRelationship(resource, KnownRelationshipTypes.Reference);
}
