using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Runs an AppHost's real entry point for a test.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <inheritdoc cref="CreateAsync{TEntryPoint}(string[], Action{DistributedApplicationOptions, HostApplicationBuilderSettings}, CancellationToken)"/>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class
        => CreateAsync<TEntryPoint>([], cancellationToken);

    /// <inheritdoc cref="CreateAsync{TEntryPoint}(string[], Action{DistributedApplicationOptions, HostApplicationBuilderSettings}, CancellationToken)"/>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class
        => CreateAsync<TEntryPoint>(args, static (_, _) => { }, cancellationToken);

    /// <summary>Runs the entry point of the AppHost that has <typeparamref name="TEntryPoint"/> up to the point where it builds its application.</summary>
    /// <typeparam name="TEntryPoint">Any type of the AppHost's assembly, as <c>Projects.Name_AppHost</c>.</typeparam>
    /// <param name="args">Added to the command line that the AppHost gives its builder.</param>
    /// <param name="configureBuilder">Changes the options of the builder before it is made.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The assembly has no entry point, or it ended without building an application.</exception>
    /// <remarks>An exception of the AppHost before it builds comes out of here as it is.</remarks>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(configureBuilder);
        if (args.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException($"An argument is null or empty: [{string.Join(", ", args)}]", nameof(args));
        }

        var entry = new EntryPointRun(typeof(TEntryPoint).Assembly, args, configureBuilder);
        try
        {
            return new SuspendedBuilder(entry, await entry.GetBuilderAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await entry.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
