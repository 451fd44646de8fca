using static Aspire.Hosting.ApplicationModel.ResourceCommandState;

namespace Aspire.Hosting.Dcp;

/// <summary>Start, stop and restart, which every process and container has.</summary>
internal static class LifecycleCommands
{
    public static void Add(IResource resource, Func<CancellationToken, Task> start, Func<CancellationToken, Task> stop)
    {
        // One of them at a time.
        var one = new SemaphoreSlim(1);
        Add(KnownResourceCommands.StartCommand, "Start", "Start resource", "started", "Play", isHighlighted: true, start,
            state => IsBusy(state) || state == KnownResourceStates.Waiting ? Disabled : IsStopped(state) ? Enabled : Hidden);
        Add(KnownResourceCommands.StopCommand, "Stop", "Stop resource", "stopped", "Stop", isHighlighted: true, stop,
            state => state == KnownResourceStates.Stopping ? Disabled : IsBusy(state) || IsStopped(state) || state == KnownResourceStates.Waiting ? Hidden : Enabled);
        Add(KnownResourceCommands.RestartCommand, "Restart", "Stop the resource, then start it again", "restarted", "ArrowCounterclockwise", isHighlighted: false,
            async cancellationToken =>
            {
                await stop(cancellationToken).ConfigureAwait(false);
                await start(cancellationToken).ConfigureAwait(false);
            },
            state => IsBusy(state) || IsStopped(state) || state == KnownResourceStates.Waiting || state == KnownResourceStates.Stopping ? Disabled : Enabled);

        void Add(string name, string display, string description, string done, string icon, bool isHighlighted,
            Func<CancellationToken, Task> act, Func<string?, ResourceCommandState> update)
            => resource.Annotations.Add(new ResourceCommandAnnotation(name, display, context => update(context.ResourceSnapshot.State?.Text), async context =>
            {
                await one.WaitAsync(context.CancellationToken).ConfigureAwait(false);
                try
                {
                    await act(context.CancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    one.Release();
                }

                return CommandResults.Success($"Successfully {done} '{resource.Name}'.");
            }, description, Parameter: null, ConfirmationMessage: null, icon, isHighlighted ? IconVariant.Filled : IconVariant.Regular, isHighlighted));
    }

    private static bool IsStopped(string? state)
        => KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.NotStarted || state == "Unknown";

    private static bool IsBusy(string? state)
        => string.IsNullOrEmpty(state) || state == KnownResourceStates.Starting || state == KnownResourceStates.RuntimeUnhealthy || state == "Building";
}
