namespace ScaleUp.Capacity;

/// <summary>How a server is lost.</summary>
internal enum Loss
{
    /// <summary>Its process is gone: connections are refused, and those that there were end.</summary>
    Kill,

    /// <summary>It accepts connections and says nothing.</summary>
    Hang,
}

/// <summary>A web or application server.</summary>
/// <param name="cores">What it works with.</param>
/// <param name="poolSize">Connections that it may have with the database at a time.</param>
internal sealed class Server(Cores cores, int poolSize)
{
    public Cores Cores => cores;

    /// <summary>A new one after a loss: what was lost gives no connection back.</summary>
    public Pool Connections { get; private set; } = new(poolSize);

    /// <summary>Whether it works on what it gets.</summary>
    public bool IsWell { get; private set; } = true;

    /// <summary>Counts its losses: what was begun in an earlier life is never answered.</summary>
    public int Life { get; private set; }

    public void Lose()
    {
        (IsWell, Connections) = (false, new(poolSize));
        Life++;
    }

    /// <summary>It works again, with nothing to do yet.</summary>
    public void Mend() => IsWell = true;
}
