namespace Aspire.Hosting
{
    public interface IDistributedApplicationBuilder
    {
        ConfigurationManager Configuration { get; }
        IHostEnvironment Environment { get; }
        IServiceCollection Services { get; }
        IDistributedApplicationEventing Eventing { get; }
        DistributedApplicationExecutionContext ExecutionContext { get; }
        IResourceCollection Resources { get; }
        IDistributedApplicationPipeline Pipeline { get; }
        IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;
        IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;
        DistributedApplication Build();
    }

    public sealed class DistributedApplicationExecutionContext
    {
        public bool IsRunMode => !IsPublishMode;
        public bool IsPublishMode { get; internal init; }
    }

    public class DistributedApplicationException(string message, Exception? inner = null) : Exception(message, inner);

    internal sealed record DistributedApplicationResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T>
        where T : IResource
    {
        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation) where TAnnotation : IResourceAnnotation
        {
            Resource.Annotations.Add(annotation);
            return this;
        }
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public interface IResourceBuilder<out T> where T : IResource
    {
        IDistributedApplicationBuilder ApplicationBuilder { get; }
        T Resource { get; }
        IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation) where TAnnotation : IResourceAnnotation;
    }
}
