using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

// Pipeline steps are experimental in Aspire 13.
#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004

namespace ScaleUp.AppHost.Deployment;

internal static class DeploymentExtensions
{
    /// <summary>
    /// Publishes the application to a folder per deployment target (<c>aspire publish</c>, or <c>dotnet run -- --operation publish --step
    /// publish --output-path FOLDER</c>). Call it last, when the topology is complete.
    /// </summary>
    public static void AddDeploymentTargets(this IDistributedApplicationBuilder builder, VirtualAddress? virtualAddress)
    {
        if (!builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        builder.AddAzureContainerApps();
        foreach (var (name, render) in Targets)
        {
            builder.Pipeline.AddStep(
                $"publish-{name}",
                async context =>
                {
                    var application = await PublishedApplicationReader.ReadAsync(context.Model.Resources, builder.ExecutionContext);
                    var folder = Path.Combine(context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory(), name);
                    var files = render(application with { VirtualAddress = virtualAddress });
                    await PublishedFile.WriteAsync(files, folder, context.CancellationToken);
                },
                requiredBy: WellKnownPipelineSteps.Publish);
        }
    }

    /// <summary>The deployment targets by name, each with the function that renders its files.</summary>
    public static IReadOnlyDictionary<string, Func<PublishedApplication, IEnumerable<PublishedFile>>> Targets { get; } =
        new Dictionary<string, Func<PublishedApplication, IEnumerable<PublishedFile>>>
        {
            ["compose"] = ComposePublisher.Render,
            ["kubernetes"] = KubernetesPublisher.Render,
        };
}
