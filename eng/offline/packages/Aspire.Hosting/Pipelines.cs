namespace Aspire.Hosting.Pipelines;

/// <summary>What publishing does. Here each step runs once, in the order in which they were added.</summary>
public interface IDistributedApplicationPipeline
{
    void AddStep(string name, Func<PipelineStepContext, Task> action, object? dependsOn = null, object? requiredBy = null);
}

public interface IPipelineOutputService { string GetOutputDirectory(); }

public sealed record PipelineStepContext(IServiceProvider Services, DistributedApplicationModel Model, CancellationToken CancellationToken);

public static class WellKnownPipelineSteps { public const string Publish = "publish"; }

internal sealed class DistributedApplicationPipeline(IConfiguration configuration) : IDistributedApplicationPipeline, IPipelineOutputService
{
    public const string OutputSetting = "Pipeline:OutputPath";
    private readonly List<Func<PipelineStepContext, Task>> _steps = [];

    public void AddStep(string name, Func<PipelineStepContext, Task> action, object? dependsOn = null, object? requiredBy = null) => _steps.Add(action);
    public string GetOutputDirectory() => Path.GetFullPath(configuration[OutputSetting] ?? "aspire-output");

    public async Task ExecuteAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var context = new PipelineStepContext(services, services.GetRequiredService<DistributedApplicationModel>(), cancellationToken);
        foreach (var step in _steps)
        {
            await step(context).ConfigureAwait(false);
        }
    }
}
