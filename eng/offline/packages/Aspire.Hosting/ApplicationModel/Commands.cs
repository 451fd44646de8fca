namespace Aspire.Hosting.ApplicationModel;

public enum IconVariant { Regular, Filled }
public enum ResourceCommandState { Enabled, Disabled, Hidden }
public enum CommandResultFormat { Text, Json, Markdown }

public static class KnownResourceCommands { public static readonly string StartCommand = "start", StopCommand = "stop", RestartCommand = "restart"; }

public sealed class CommandOptions
{
    public string? Description { get; set; }
    public string? ConfirmationMessage { get; set; }
    public string? IconName { get; set; }
    public IconVariant? IconVariant { get; set; }
    public bool IsHighlighted { get; set; }
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

/// <summary>A command of the resource, offered in the dashboard and to <see cref="ResourceCommandService"/>.</summary>
public sealed record ResourceCommandAnnotation(string Name, string DisplayName, Func<UpdateCommandStateContext, ResourceCommandState> UpdateState,
    Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand, string? DisplayDescription, object? Parameter,
    string? ConfirmationMessage, string? IconName, IconVariant? IconVariant, bool IsHighlighted) : IResourceAnnotation;

public sealed class UpdateCommandStateContext 
{
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }
    public required IServiceProvider Services { get; init; }
}

public sealed class ExecuteCommandContext
{
    public required IServiceProvider Services { get; init; }
    /// <summary>The instance, such as <c>web-1-abcdefgh</c>.</summary>
    public required string ResourceName { get; init; }
    public required CancellationToken CancellationToken { get; init; }
    public required ILogger Logger { get; init; }
}

public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }
    public bool Canceled { get; init; }
    public string? Message { get; init; }
    public CommandResultData? Data { get; init; }
}

/// <summary>What a command found out, for the one who gave it to read.</summary>
public sealed class CommandResultData
{
    public required string Value { get; init; }
    public CommandResultFormat Format { get; init; }
    /// <summary>The dashboard shows it without being asked.</summary>
    public bool DisplayImmediately { get; init; }
}

public static class CommandResults
{
    public static ExecuteCommandResult Success() => new() { Success = true };
    public static ExecuteCommandResult Success(string message) => new() { Success = true, Message = message };
    public static ExecuteCommandResult Success(string message, string result, CommandResultFormat resultFormat = CommandResultFormat.Text)
        => Success(message, result, resultFormat, displayImmediately: false);
    public static ExecuteCommandResult Success(string message, string result, CommandResultFormat resultFormat, bool displayImmediately)
        => new() { Success = true, Message = message, Data = new() { Value = result, Format = resultFormat, DisplayImmediately = displayImmediately } };
    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, Message = errorMessage };
    public static ExecuteCommandResult Failure(string errorMessage, string result, CommandResultFormat resultFormat = CommandResultFormat.Text)
        => new() { Success = false, Message = errorMessage, Data = new() { Value = result, Format = resultFormat } };
    public static ExecuteCommandResult Canceled() => new() { Success = false, Canceled = true };
}

public sealed class ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
{
    /// <param name="resourceId">The instance, or the resource's name.</param>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
        => notifications.TryGetCurrentState(resourceId, out var current) ? ExecuteCommandAsync(current.Resource, commandName, cancellationToken)
            : Task.FromResult(CommandResults.Failure($"Resource '{resourceId}' not found."));

    private async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken)
    {
        var resourceId = resource.InstanceId();
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().SingleOrDefault(a => a.Name == commandName) is not { } command)
        {
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resource.Name}'.");
        }

        var logger = loggers.GetLogger(resourceId);
        logger.LogInformation("Executing command '{CommandName}'.", commandName);
        try
        {
            var result = await command.ExecuteCommand(new()
            {
                ResourceName = resourceId, Services = services, CancellationToken = cancellationToken, Logger = logger,
            }).ConfigureAwait(false);
            logger.LogInformation("Command '{CommandName}' {Outcome}.", commandName, result.Success ? "executed" : result.Canceled ? "was canceled" : "failed");
            return result;
        }
        catch (OperationCanceledException)
        {
            return CommandResults.Canceled();
        }
        catch (Exception ex)
        {
            logger.LogError(ex, "Error executing command '{CommandName}'.", commandName);
            return CommandResults.Failure("Unhandled exception thrown while executing command.");
        }
    }
}
