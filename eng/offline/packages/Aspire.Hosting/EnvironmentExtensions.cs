using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Environment variables, arguments and references to other resources.</summary>
public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Func<EnvironmentCallbackContext, Task> callback) where T : IResourceWithEnvironment
        => builder.WithAnnotation(new EnvironmentCallbackAnnotation(callback));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback) where T : IResourceWithEnvironment
        => builder.WithEnvironment(callback.AsAsync());

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment
        => builder.Set(name, value ?? "");

    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, in ReferenceExpression.ExpressionInterpolatedStringHandler value) where T : IResourceWithEnvironment
        => builder.Set(name, ReferenceExpression.Create(value));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value) where T : IResourceWithEnvironment
        => builder.Set(name, value);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference) where T : IResourceWithEnvironment
        => builder.Set(name, endpointReference);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IExpressionValue value) where T : IResourceWithEnvironment
        => builder.Set(name, value);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment => builder.Set(name, parameter.Resource);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string envVarName, IResourceBuilder<IResourceWithConnectionString> resource)
        where T : IResourceWithEnvironment => builder.Set(envVarName, new ConnectionStringReference(resource.Resource, optional: false));

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, Func<CommandLineArgsCallbackContext, Task> callback) where T : IResourceWithArgs
        => builder.WithAnnotation(new CommandLineArgsCallbackAnnotation(callback));

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, Action<CommandLineArgsCallbackContext> callback) where T : IResourceWithArgs
        => builder.WithArgs(callback.AsAsync());

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args) where T : IResourceWithArgs
        => builder.WithArgs((object[])args);

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params object[] args) where T : IResourceWithArgs
    {
        object[] values = [.. args.Select(a => a is IResourceBuilder<IResource> { Resource: var resource } ? resource : a)];
        values.ToList().ForEach(v => builder.LinkTo(v));
        return builder.WithArgs(context => values.ToList().ForEach(context.Args.Add));
    }

    /// <summary>Gives the connection string as <c>ConnectionStrings__NAME</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false) where TDestination : IResourceWithEnvironment
        => builder.Set(source.Resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{connectionName ?? source.Resource.Name}",
            new ConnectionStringReference(source.Resource, optional));

    /// <summary>Gives all endpoints for service discovery, under the resource's own name.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source) where TDestination : IResourceWithEnvironment
        => builder.ReferTo(source.Resource, endpointName: null);

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment => builder.ReferTo(endpointReference.Resource, endpointReference.EndpointName);

    private static IResourceBuilder<T> ReferTo<T>(this IResourceBuilder<T> builder, IResourceWithEndpoints source, string? endpointName) where T : IResourceWithEnvironment
        => builder.LinkTo(source).WithEnvironment(context =>
        {
            foreach (var endpoint in source.GetEndpoints().Where(e => endpointName is null
                ? !e.EndpointAnnotation.ExcludeReferenceEndpoint : string.Equals(e.EndpointName, endpointName, StringComparison.OrdinalIgnoreCase)))
            {
                context.EnvironmentVariables[NotAllowedInVariables().Replace($"{source.Name}_{endpoint.EndpointName}".ToUpperInvariant(), "_")] = endpoint;
                // Service discovery asks for http or https; an endpoint of another name is reached by that name.
                var key = $"services__{source.Name}__{(endpoint.EndpointName is "http" or "https" ? endpoint.Scheme : endpoint.EndpointName)}";
                var index = 0;
                while (context.EnvironmentVariables.ContainsKey($"{key}__{index}"))
                {
                    index++;
                }

                context.EnvironmentVariables[$"{key}__{index}"] = endpoint;
            }
        });

    private static IResourceBuilder<T> Set<T>(this IResourceBuilder<T> builder, string name, object value) where T : IResourceWithEnvironment
        => builder.LinkTo(value).WithEnvironment(context => context.EnvironmentVariables[name] = value);

    // Whatever a value refers to is shown as a reference in the dashboard, each resource once.
    private static IResourceBuilder<T> LinkTo<T>(this IResourceBuilder<T> builder, object value) where T : IResource
    {
        if (value is IResource resource && !resource.HasName(builder.Resource.Name)
            && !builder.Resource.Annotations.Contains(new ResourceRelationshipAnnotation(resource, KnownRelationshipTypes.Reference)))
        {
            builder.WithReferenceRelationship(resource);
        }
        else if (value is IValueWithReferences { References: var references } and not IResource)
        {
            references.ToList().ForEach(r => builder.LinkTo(r));
        }

        return builder;
    }

    private static Func<TContext, Task> AsAsync<TContext>(this Action<TContext> callback) => context =>
    {
        callback(context);
        return Task.CompletedTask;
    };

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NotAllowedInVariables();
}
