namespace Aspire.Hosting.ApplicationModel;

public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>The console log of every resource: what the orchestrator's processes wrote and what the AppHost has to say about them.</summary>
public sealed class ResourceLoggerService : IDisposable
{
    private readonly ConcurrentDictionary<string, ConsoleLog> _logs = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _disposing = new();

    public ILogger GetLogger(IResource resource) => LogOf(resource.InstanceId());
    public ILogger GetLogger(string resourceName) => LogOf(resourceName);
    public void Dispose() => _disposing.Cancel();

    /// <param name="resourceName">The instance, such as <c>web-1-abcdefgh</c>.</param>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => LogOf(resourceName).WatchAsync(_disposing.Token);

    /// <param name="resourceName">The instance, such as <c>web-1-abcdefgh</c>.</param>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName) => new[] { LogOf(resourceName).GetLines() }.ToAsyncEnumerable();

    /// <summary>A line of the process itself; it starts with the orchestrator's own time stamp.</summary>
    internal void Write(string resourceId, string line, bool isError) => LogOf(resourceId).Add(line, isError);

    private ConsoleLog LogOf(string id) => _logs.GetOrAdd(id, _ => new());

    private sealed class ConsoleLog : ILogger
    {
        // As in genuine Aspire, the oldest lines go when a resource is talkative.
        private const int Backlog = 10_000;
        private readonly Broadcast<LogLine> _broadcast = new();
        private readonly Queue<LogLine> _lines = new();
        private int _count;

        public IReadOnlyList<LogLine> GetLines()
        {
            lock (_broadcast.Gate)
            {
                return [.. _lines];
            }
        }

        public void Add(string content, bool isError)
        {
            lock (_broadcast.Gate)
            {
                var line = new LogLine(++_count, content, isError);
                _lines.Enqueue(line);
                while (_lines.Count > Backlog)
                {
                    _lines.Dequeue();
                }

                _broadcast.Send(line);
            }
        }

        public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(CancellationToken cancellationToken) => _broadcast.WatchAsync(() => _lines, cancellationToken);
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Add(DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ ", CultureInfo.InvariantCulture) + formatter(state, exception)
                + (exception is null ? "" : Environment.NewLine + exception), logLevel >= LogLevel.Error);
    }
}
