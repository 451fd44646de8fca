using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting
{
    public interface IDistributedApplicationBuilder
    {
        ConfigurationManager Configuration { get; }
        string AppHostDirectory { get; }
        Assembly? AppHostAssembly { get; }
        IHostEnvironment Environment { get; }
        IServiceCollection Services { get; }
        IDistributedApplicationEventing Eventing { get; }
        DistributedApplicationExecutionContext ExecutionContext { get; }
        IResourceCollection Resources { get; }
        IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;
        IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;
        DistributedApplication Build();
    }

    internal sealed record DistributedApplicationResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T>
        where T : IResource
    {
        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior)
            where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
            {
                Resource.Annotations.OfType<TAnnotation>().ToList().ForEach(old => Resource.Annotations.Remove(old));
            }

            Resource.Annotations.Add(annotation);
            return this;
        }
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public enum ResourceAnnotationMutationBehavior { Append, Replace }

    public interface IResourceBuilder<out T> where T : IResource
    {
        IDistributedApplicationBuilder ApplicationBuilder { get; }
        T Resource { get; }
        IResourceBuilder<T> WithAnnotation<TAnnotation>(
            TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append) where TAnnotation : IResourceAnnotation;
        IResourceBuilder<T> WithAnnotation<TAnnotation>(ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation, new() => WithAnnotation(new TAnnotation(), behavior);
    }
}
