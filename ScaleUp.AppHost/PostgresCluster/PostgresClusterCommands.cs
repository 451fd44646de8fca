namespace Aspire.Hosting.PostgresCluster;

/// <summary>The dashboard commands of the members.</summary>
internal static class PostgresClusterCommands
{
    public const string SwitchOver = "switch-over";
    public const string Restart = "restart-postgres";
    public const string Reinitialise = "reinitialise";

    public static void Add(IResourceBuilder<PostgresMemberResource> member)
    {
        var (resource, control) = (member.Resource, member.Resource.Cluster.Control);
        Add(
            SwitchOver,
            "Switch over to this member",
            cancellationToken => control.SwitchOverAsync(resource, cancellationToken),
            new()
            {
                Description = "Make this standby the primary.",
                ConfirmationMessage = $"Make {resource.Name} the primary? Writes wait for a few seconds.",
                IconName = "ArrowSwap",
                IsHighlighted = true,
                UpdateState = _ => EnabledIf(control.StatusOf(resource.Name) is { IsSynchronous: true }),
            });
        Add(
            Restart,
            "Restart PostgreSQL",
            cancellationToken => control.RestartAsync(resource, cancellationToken),
            new()
            {
                Description = "Restart PostgreSQL on this member, but not its container.",
                ConfirmationMessage =
                    $"Restart PostgreSQL on {resource.Name}? Its connections are closed. Writes wait if it is the primary.",
                IconName = "ArrowClockwise",
                UpdateState = _ => EnabledIf(control.StatusOf(resource.Name) is not null),
            });
        Add(
            Reinitialise,
            "Reinitialise",
            cancellationToken => control.ReinitialiseAsync(resource, cancellationToken),
            new()
            {
                Description = "Delete this standby's data and copy it from the primary.",
                ConfirmationMessage = $"Delete the data of {resource.Name} and copy it from the primary?",
                IconName = "DatabaseArrowDown",
                UpdateState = _ => EnabledIf(control.StatusOf(resource.Name) is { IsPrimary: false }),
            });

        void Add(string name, string displayName, Func<CancellationToken, Task<string>> action, CommandOptions options) =>
            member.WithCommand(name, displayName, context => ExecuteAsync(() => action(context.CancellationToken)), options);
    }

    private static ResourceCommandState EnabledIf(bool isPossible) =>
        isPossible ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static async Task<ExecuteCommandResult> ExecuteAsync(Func<Task<string>> action)
    {
        try
        {
            return CommandResults.Success(await action().ConfigureAwait(false));
        }
        catch (PostgresClusterException ex)
        {
            return CommandResults.Failure(ex.Message);
        }
    }
}
