using System.Collections.Concurrent;
using Aspire.Hosting.Testing;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>What AppHost.cs publishes, read from its real application model; nothing runs, and nothing is written.</summary>
internal static class PublishedTopology
{
    // The official images, whatever this machine has.
    private static readonly string[] s_images = ["--Images:HAProxy=haproxy:3.4.0", "--Images:Postgres=postgres:17.6"];

    // Many tests read the same topology, and nothing changes it.
    private static readonly ConcurrentDictionary<string, Lazy<Task<PublishedApplication>>> s_applications = [];

    public static Task<PublishedApplication> ReadAsync(params string[] settings) =>
        s_applications.GetOrAdd(string.Join(' ', settings), _ => new(() => ReadAnewAsync(settings))).Value;

    private static async Task<PublishedApplication> ReadAnewAsync(string[] settings)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            ["--operation", "publish", .. s_images, .. settings]);
        return await PublishedApplicationReader.ReadAsync(builder.Resources, builder.ExecutionContext);
    }

    /// <summary>The text of a file of a form, without the secrets that are made up for each deployment.</summary>
    public static string File(this PublishedApplication application, string form, string path) =>
        DeploymentExtensions.Targets[form](application).Single(file => file.Path == path).Text;
}
