namespace ScaleUp.Capacity;

/// <summary>What became of a request, or of a part of it.</summary>
internal enum Outcome
{
    Answered,

    /// <summary>503 or 504: nobody had a place for it in time.</summary>
    Refused,

    /// <summary>Its load balancer was lost.</summary>
    Lost,
}

/// <summary>Work for one server of a tier, whichever.</summary>
/// <param name="Do">Lets a server do it, which says how it ended.</param>
/// <param name="End">Takes how it ended in the end.</param>
internal sealed record Job(Action<Server, Action<Outcome>> Do, Action<Outcome> End)
{
    public int Attempts { get; set; }
}

/// <summary>
/// The servers of one tier as one load balancer sees them, with HAProxy's rules: of two servers at random that with fewer requests
/// (balance random); so many requests for each (maxconn); one queue for those whose server is full; another attempt if there is no
/// answer in time, unless the queue has become longer than four servers' places.
/// </summary>
/// <param name="timeline">The time.</param>
/// <param name="random">Picks servers.</param>
/// <param name="servers">The tier.</param>
/// <param name="places">Requests for one server at a time.</param>
/// <param name="attemptSeconds">How long an attempt may take.</param>
internal sealed class Balancer(Timeline timeline, Random random, IReadOnlyList<Server> servers, int places, double attemptSeconds)
{
    // As in HAProxySettings and HAProxyConfiguration.Backends.
    private const int Retries = 3;
    private const int MaxQueue = 1000;
    private const int QueueForRetries = 4;

    private readonly Patience _queueTimeout = new(timeline, 2);
    private readonly Patience _attemptTimeout = new(timeline, attemptSeconds);
    private readonly Patience _serverTimeout = new(timeline, 10);
    private readonly LinkedList<Attempt>[] _attempts = [.. servers.Select(_ => new LinkedList<Attempt>())];
    private readonly List<int> _inUse = [.. Enumerable.Range(0, servers.Count)];
    private readonly Queue<Place> _queue = [];
    private int _waiting;

    public void Send(Job job, int avoid = -1)
    {
        if (Pick(avoid) is >= 0 and var server)
        {
            Try(job, server);
        }
        else if (_waiting >= MaxQueue)
        {
            job.End(Outcome.Refused);
        }
        else
        {
            var place = new Place(this, job);
            _waiting++;
            _queue.Enqueue(place);
            _queueTimeout.Begin(place);
        }
    }

    /// <summary>Gives it no more requests.</summary>
    public void TakeOut(int server) => _inUse.Remove(server);

    /// <summary>Gives it requests again.</summary>
    public void TakeIn(int server)
    {
        if (!_inUse.Contains(server))
        {
            _inUse.Add(server);
            ServeQueue(server);
        }
    }

    /// <summary>Its connections have ended: what it had goes to another one.</summary>
    public void Break(int server)
    {
        foreach (var attempt in _attempts[server].ToArray())
        {
            attempt.Repeat();
        }
    }

    private int Pick(int avoid)
    {
        // The last resort: if none is in use, all are asked.
        var count = _inUse.Count > 0 ? _inUse.Count : servers.Count;
        var (first, second) = (Draw(), Draw());
        while (first == avoid && count > 1)
        {
            first = Draw();
        }

        var server = second != avoid && _attempts[second].Count < _attempts[first].Count ? second : first;
        return _attempts[server].Count < places ? server : -1;

        int Draw() => random.Next(count) is var i && _inUse.Count > 0 ? _inUse[i] : i;
    }

    private void Try(Job job, int index)
    {
        var attempt = new Attempt(this, job, index, mayRepeat: _waiting <= QueueForRetries * places);
        job.Attempts++;
        attempt.Node = _attempts[index].AddLast(attempt);
        (attempt.MayRepeat ? _attemptTimeout : _serverTimeout).Begin(attempt);
        var (server, life) = (servers[index], servers[index].Life);
        if (server.IsWell)
        {
            job.Do(server, outcome =>
            {
                if (!attempt.IsOver && server.Life == life)
                {
                    attempt.Leave();
                    job.End(outcome);
                }
            });
        }
    }

    private void ServeQueue(int server)
    {
        while (_attempts[server].Count < places && _inUse.Contains(server) && _queue.TryDequeue(out var place))
        {
            if (!place.IsOver)
            {
                place.Leave();
                Try(place.Job, server);
            }
        }
    }

    private sealed class Place(Balancer balancer, Job job) : IAwaited
    {
        public Job Job => job;

        public bool IsOver { get; private set; }

        public void Leave()
        {
            IsOver = true;
            balancer._waiting--;
        }

        public void GiveUp()
        {
            Leave();
            job.End(Outcome.Refused);
        }
    }

    private sealed class Attempt(Balancer balancer, Job job, int server, bool mayRepeat) : IAwaited
    {
        public bool MayRepeat => mayRepeat;

        public LinkedListNode<Attempt>? Node { get; set; }

        public bool IsOver { get; private set; }

        public void Leave()
        {
            IsOver = true;
            balancer._attempts[server].Remove(Node!);
            balancer.ServeQueue(server);
        }

        public void GiveUp()
        {
            if (mayRepeat)
            {
                Repeat();
                return;
            }

            Leave();
            job.End(Outcome.Refused);
        }

        public void Repeat()
        {
            Leave();
            if (job.Attempts <= Retries)
            {
                balancer.Send(job, avoid: server);
            }
            else
            {
                job.End(Outcome.Refused);
            }
        }
    }
}
