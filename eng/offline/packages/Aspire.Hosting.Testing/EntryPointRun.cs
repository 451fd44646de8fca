namespace Aspire.Hosting.Testing;

/// <summary>One run of an AppHost's entry point on a thread of its own, held where it builds its application.</summary>
internal sealed class EntryPointRun : BuilderInterceptor, IAsyncDisposable
{
    private readonly Assembly _appHost;
    private readonly string[] _args;
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _mayBuild = new();
    private IHostApplicationLifetime? _lifetime;
    private TimeSpan _shutdownTimeout;
    private int _disposed;

    public EntryPointRun(Assembly appHost, string[] args)
    {
        (_appHost, _args) = (appHost, args);
        if (appHost.EntryPoint is not { } entryPoint)
        {
            throw new InvalidOperationException($"Assembly {appHost.GetName().Name} does not have an entry point.");
        }

        new Thread(() => Run(entryPoint)) { IsBackground = true, Name = $"{appHost.GetName().Name}.EntryPoint" }.Start();
    }

    public Task<DistributedApplicationBuilder> GetBuilderAsync(CancellationToken cancellationToken) => _builder.Task.WaitAsync(cancellationToken);

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.Set();
        return _application.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until the AppHost itself has started its application.</summary>
    public Task WaitUntilStartedAsync(CancellationToken cancellationToken) => _started.Task.WaitAsync(cancellationToken);

    public override void Constructing(HostApplicationBuilderSettings settings) => TestDefaults.Apply(settings, _appHost, _args);

    public override void Building(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        _mayBuild.Wait();
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
    }

    public override void Built(DistributedApplication application)
    {
        // Kept, because the services are gone once the AppHost has ended.
        _shutdownTimeout = application.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        _lifetime = application.Services.GetRequiredService<IHostApplicationLifetime>();
        _lifetime.ApplicationStarted.Register(() => _started.TrySetResult());
        _application.TrySetResult(application);
    }

    /// <summary>Stops and disposes the application, if the entry point came that far.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _mayBuild.Set();
        if (_lifetime is null)
        {
            Fail(new ObjectDisposedException(nameof(IDistributedApplicationTestingBuilder)));
            return;
        }

        // Told to stop, the AppHost's own Run stops and disposes the application. How it ends is its own matter: a failure
        // to start has been thrown to whoever awaited the start.
        _lifetime.StopApplication();
        await Task.WhenAny(_ended.Task, Task.Delay(_shutdownTimeout)).ConfigureAwait(false);
        await (await _application.Task.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }

    private void Run(MethodInfo entryPoint)
    {
        Current.Value = this;
        try
        {
            entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? [] : [_args]);
            Fail(new InvalidOperationException("The entry point exited without building and starting a DistributedApplication."));
        }
        catch (TargetInvocationException exception)
        {
            Fail(exception.InnerException ?? exception);
        }

        _ended.TrySetResult();
    }

    // Only what is not decided yet fails: an AppHost that ran and ended has nothing left to fail.
    private void Fail(Exception exception)
    {
        foreach (var (fail, failed) in new (Func<Exception, bool>, Task)[]
        {
            (_builder.TrySetException, _builder.Task), (_application.TrySetException, _application.Task), (_started.TrySetException, _started.Task),
        })
        {
            fail(exception);
            // Most of these are never awaited, and unobserved they would be reported once more.
            _ = failed.Exception;
        }
    }
}
