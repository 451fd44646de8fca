using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Aspire.Hosting.Eventing
{
    public interface IDistributedApplicationEvent;

    public interface IDistributedApplicationResourceEvent : IDistributedApplicationEvent
    {
        IResource Resource { get; }
    }

    public record DistributedApplicationEventSubscription(Func<IDistributedApplicationEvent, CancellationToken, Task> Callback);

    public interface IDistributedApplicationEventing
    {
        DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationEvent;
        DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
            where T : IDistributedApplicationResourceEvent;
        /// <summary>Calls the subscribers one after the other.</summary>
        Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default) where T : IDistributedApplicationEvent;
    }

    internal sealed class DistributedApplicationEventing : IDistributedApplicationEventing
    {
        private readonly List<(Type Event, DistributedApplicationEventSubscription Subscription)> _subscriptions = [];

        public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback) where T : IDistributedApplicationEvent
        {
            var subscription = new DistributedApplicationEventSubscription((e, ct) => callback((T)e, ct));
            lock (_subscriptions)
            {
                _subscriptions.Add((typeof(T), subscription));
            }

            return subscription;
        }

        public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
            where T : IDistributedApplicationResourceEvent
            => Subscribe<T>((e, ct) => e.Resource == resource ? callback(e, ct) : Task.CompletedTask);

        public async Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default) where T : IDistributedApplicationEvent
        {
            DistributedApplicationEventSubscription[] subscribers;
            lock (_subscriptions)
            {
                subscribers = [.. _subscriptions.Where(s => s.Event == typeof(T)).Select(s => s.Subscription)];
            }

            foreach (var subscriber in subscribers)
            {
                await subscriber.Callback(@event, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

namespace Aspire.Hosting.Lifecycle
{
    /// <summary>Subscribes to events once all services exist, before the first event.</summary>
    public interface IDistributedApplicationEventingSubscriber
    {
        Task SubscribeAsync(IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken);
    }

    public static class EventingSubscriberServiceCollectionExtensions
    {
        public static void AddEventingSubscriber<T>(this IServiceCollection services) where T : class, IDistributedApplicationEventingSubscriber
            => services.AddSingleton<IDistributedApplicationEventingSubscriber, T>();

        public static void TryAddEventingSubscriber<T>(this IServiceCollection services) where T : class, IDistributedApplicationEventingSubscriber
            => services.TryAddEnumerable(ServiceDescriptor.Singleton<IDistributedApplicationEventingSubscriber, T>());
    }
}
