namespace Aspire.Hosting.Eventing
{
    public interface IDistributedApplicationEvent;

    public interface IDistributedApplicationResourceEvent : IDistributedApplicationEvent
    {
        IResource Resource { get; }
    }

    public interface IDistributedApplicationEventing
    {
        void Subscribe<T>(Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationEvent;
        void Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationResourceEvent;
        /// <summary>Calls the subscribers one after the other.</summary>
        Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default) where T : IDistributedApplicationEvent;
    }

    internal sealed class DistributedApplicationEventing : IDistributedApplicationEventing
    {
        private ImmutableList<Delegate> _subscribers = [];

        public void Subscribe<T>(Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationEvent
            => ImmutableInterlocked.Update(ref _subscribers, subscribers => subscribers.Add(callback));

        public void Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationResourceEvent
            => Subscribe<T>((e, ct) => e.Resource == resource ? callback(e, ct) : Task.CompletedTask);

        public async Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default) where T : IDistributedApplicationEvent
        {
            foreach (var subscriber in _subscribers.OfType<Func<T, CancellationToken, Task>>())
            {
                await subscriber(@event, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public record BeforeStartEvent(IServiceProvider Services, DistributedApplicationModel Model) : IDistributedApplicationEvent;
    /// <summary>It runs and is healthy, for the first time since its start; who waits for it waits for the subscribers too.</summary>
    public record ResourceReadyEvent(IResource Resource, IServiceProvider Services) : IDistributedApplicationResourceEvent;
}
