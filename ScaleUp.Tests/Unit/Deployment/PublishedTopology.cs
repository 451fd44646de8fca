using System.Collections.Concurrent;
using Aspire.Hosting.Testing;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>Reads the published application from the application model of AppHost.cs, without starting or writing anything.</summary>
internal static class PublishedTopology
{
    // The official images, regardless of the images configured on this machine.
    private static readonly string[] s_images = ["--Images:HAProxy=haproxy:3.4.0", "--Images:Postgres=postgres:17.6"];

    // Cached, because many tests read the same immutable topology.
    private static readonly ConcurrentDictionary<string, Lazy<Task<PublishedApplication>>> s_applications = [];

    public static Task<PublishedApplication> ReadAsync(params string[] settings) =>
        s_applications.GetOrAdd(string.Join(' ', settings), _ => new(() => ReadUncachedAsync(settings))).Value;

    private static async Task<PublishedApplication> ReadUncachedAsync(string[] settings)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            ["--operation", "publish", .. s_images, .. settings]);
        return await PublishedApplicationReader.ReadAsync(builder.Resources, builder.ExecutionContext);
    }

    /// <summary>The text of a published file.</summary>
    /// <param name="application">The published application.</param>
    /// <param name="form">The deployment target, for example <c>compose</c>.</param>
    /// <param name="path">The path of the file relative to the output folder of the target.</param>
    public static string File(this PublishedApplication application, string form, string path) =>
        DeploymentExtensions.Targets[form](application).Single(file => file.Path == path).Text;
}
