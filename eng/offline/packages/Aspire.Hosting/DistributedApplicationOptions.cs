using System.Reflection;

namespace Aspire.Hosting;

public sealed class DistributedApplicationOptions
{
    private string? _projectDirectory;

    public string[]? Args { get; set; }
    /// <summary>The assembly of the AppHost, if it isn't the entry assembly (in a test it is not).</summary>
    public string? AssemblyName { get; set; }
    public bool DisableDashboard { get; set; }
    public bool AllowUnsecuredTransport { get; set; }
    public bool EnableResourceLogging { get; set; }
    public string? ProjectDirectory { get => _projectDirectory ?? Metadata("AppHostProjectPath"); set => _projectDirectory = value; }
    public string? DashboardApplicationName { get; set; }
    internal Assembly? Assembly => AssemblyName is { Length: > 0 } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
    internal string? ProjectName => Metadata("AppHostProjectName");

    private string? Metadata(string key) => Assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(m => string.Equals(m.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;
}

public enum DistributedApplicationOperation { Run, Publish }

public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    private IServiceProvider? _services;

    public DistributedApplicationOperation Operation => operation;
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;
    public IServiceProvider Services
    {
        get => _services ?? throw new InvalidOperationException("IServiceProvider is not available because the container has not yet been built.");
        internal set => _services = value;
    }
}

public class DistributedApplicationException(string message, Exception? inner = null) : Exception(message, inner);
