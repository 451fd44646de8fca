namespace Aspire.Hosting.ApplicationModel;

/// <summary>Hands every item to every watcher; who comes later is told first what there is already.</summary>
internal sealed class Broadcast<T>
{
    private readonly List<ChannelWriter<T>> _watchers = [];

    /// <summary>Guards the sender's own state as well, so that no watcher misses an item or sees one twice.</summary>
    public Lock Gate { get; } = new();

    public void Send(T item)
    {
        lock (Gate)
        {
            _watchers.ForEach(w => w.TryWrite(item));
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<T>> WatchAsync(Func<IEnumerable<T>> current,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateUnbounded<T>();
        lock (Gate)
        {
            current().ToList().ForEach(item => channel.Writer.TryWrite(item));
            _watchers.Add(channel.Writer);
        }

        try
        {
            while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var batch = new List<T>();
                while (channel.Reader.TryRead(out var item))
                {
                    batch.Add(item);
                }

                yield return batch;
            }
        }
        finally
        {
            lock (Gate)
            {
                _watchers.Remove(channel.Writer);
            }
        }
    }
}
