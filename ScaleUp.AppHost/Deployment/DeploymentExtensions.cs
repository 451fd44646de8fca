using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

// Steps of publishing are experimental in Aspire 13: their names may change with its version.
#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004

namespace ScaleUp.AppHost.Deployment;

internal static class DeploymentExtensions
{
    /// <summary>
    /// What is done where the application is published (<c>aspire publish</c>, or <c>dotnet run -- --operation publish --step publish
    /// --output-path FOLDER</c>): a folder for each form. To be called last, when the topology is complete.
    /// </summary>
    public static void AddDeploymentTargets(this IDistributedApplicationBuilder builder, VirtualAddress? virtualAddress)
    {
        if (!builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        builder.AddAzureContainerApps();
        foreach (var (name, render) in Forms)
        {
            builder.Pipeline.AddStep(
                $"publish-{name}",
                async context =>
                {
                    var application = await PublishedApplicationReader.ReadAsync(context.Model.Resources, builder.ExecutionContext);
                    var folder = Path.Combine(context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory(), name);
                    await PublishedFile.WriteAsync(render(application with { VirtualAddress = virtualAddress }), folder, context.CancellationToken);
                },
                requiredBy: WellKnownPipelineSteps.Publish);
        }
    }

    /// <summary>The forms, each with the files that it consists of.</summary>
    public static IReadOnlyDictionary<string, Func<PublishedApplication, IEnumerable<PublishedFile>>> Forms { get; } =
        new Dictionary<string, Func<PublishedApplication, IEnumerable<PublishedFile>>>
        {
            ["compose"] = ComposePublisher.Render,
            ["kubernetes"] = KubernetesPublisher.Render,
        };
}
