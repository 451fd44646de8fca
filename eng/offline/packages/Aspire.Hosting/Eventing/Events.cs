using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel
{
    public record BeforeStartEvent(IServiceProvider Services, DistributedApplicationModel Model) : IDistributedApplicationEvent;
    public record AfterResourcesCreatedEvent(IServiceProvider Services, DistributedApplicationModel Model) : IDistributedApplicationEvent;
    public record ResourceEndpointsAllocatedEvent(IResource Resource, IServiceProvider Services) : IDistributedApplicationResourceEvent;
    public record BeforeResourceStartedEvent(IResource Resource, IServiceProvider Services) : IDistributedApplicationResourceEvent;
    public record ResourceReadyEvent(IResource Resource, IServiceProvider Services) : IDistributedApplicationResourceEvent;
    public record ConnectionStringAvailableEvent(IResource Resource, IServiceProvider Services) : IDistributedApplicationResourceEvent;
    public record ResourceStoppedEvent(IResource Resource, IServiceProvider Services, ResourceEvent ResourceEvent) : IDistributedApplicationResourceEvent;
    public record InitializeResourceEvent(IResource Resource, IDistributedApplicationEventing Eventing, ILogger Logger,
        ResourceNotificationService Notifications, IServiceProvider Services) : IDistributedApplicationResourceEvent;
}

namespace Aspire.Hosting
{
    public static class DistributedApplicationEventingExtensions
    {
        public static T OnBeforeStart<T>(this T builder, Func<BeforeStartEvent, CancellationToken, Task> callback) where T : IDistributedApplicationBuilder
        {
            builder.Eventing.Subscribe(callback);
            return builder;
        }

        public static IResourceBuilder<T> OnInitializeResource<T>(this IResourceBuilder<T> builder, Func<T, InitializeResourceEvent, CancellationToken, Task> callback)
            where T : IResource => builder.On(callback);
        public static IResourceBuilder<T> OnResourceEndpointsAllocated<T>(this IResourceBuilder<T> builder, Func<T, ResourceEndpointsAllocatedEvent, CancellationToken, Task> callback)
            where T : IResourceWithEndpoints => builder.On(callback);
        public static IResourceBuilder<T> OnConnectionStringAvailable<T>(this IResourceBuilder<T> builder, Func<T, ConnectionStringAvailableEvent, CancellationToken, Task> callback)
            where T : IResourceWithConnectionString => builder.On(callback);
        public static IResourceBuilder<T> OnBeforeResourceStarted<T>(this IResourceBuilder<T> builder, Func<T, BeforeResourceStartedEvent, CancellationToken, Task> callback)
            where T : IResource => builder.On(callback);
        public static IResourceBuilder<T> OnResourceReady<T>(this IResourceBuilder<T> builder, Func<T, ResourceReadyEvent, CancellationToken, Task> callback)
            where T : IResource => builder.On(callback);
        public static IResourceBuilder<T> OnResourceStopped<T>(this IResourceBuilder<T> builder, Func<T, ResourceStoppedEvent, CancellationToken, Task> callback)
            where T : IResource => builder.On(callback);

        private static IResourceBuilder<T> On<T, TEvent>(this IResourceBuilder<T> builder, Func<T, TEvent, CancellationToken, Task> callback)
            where T : IResource where TEvent : IDistributedApplicationResourceEvent
        {
            builder.ApplicationBuilder.Eventing.Subscribe<TEvent>(builder.Resource, (e, ct) => callback(builder.Resource, e, ct));
            return builder;
        }
    }
}
