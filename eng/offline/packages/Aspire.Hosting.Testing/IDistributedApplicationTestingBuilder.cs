namespace Aspire.Hosting.Testing;

/// <summary>An AppHost's builder, held just before the AppHost builds its application, so that a test can change it.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    /// <summary>Lets the AppHost go on, and returns its application.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}
