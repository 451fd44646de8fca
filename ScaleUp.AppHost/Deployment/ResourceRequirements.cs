namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// What a replica of a service gets of its machine: the same in every published form. The processor is not bounded where it need not
/// be: what nobody else wants just now is there for whoever starts, or has much to do.
/// </summary>
/// <param name="Cpu">Thousandths of a core that are kept for it.</param>
/// <param name="Memory">Memory that is kept for it, in MiB.</param>
/// <param name="MemoryLimit">Memory at which it is killed and started anew, in MiB.</param>
internal sealed record ResourceRequirements(int Cpu, int Memory, int MemoryLimit)
{
    /// <summary>
    /// The most processes and threads, against programs that start them without end; PostgreSQL has one for each of its 100 connections.
    /// In Kubernetes it is a setting of the node.
    /// </summary>
    public int Processes { get; private init; } = 512;

    /// <summary>The most that it may have in <c>/dev/shm</c>, in MiB, which counts as its memory; null for what containers have by themselves, 64 MiB.</summary>
    public int? SharedMemory { get; private init; }

    /// <summary>
    /// Of a service's replica. A starting point, to be replaced by what is seen under one's own load. Seen so far: 100 s of 560 reads a second
    /// from 24 clients on a machine of two cores, by two web servers (242 MiB and 0.13 of a core each), three application servers (241 MiB, 0.09)
    /// and one of two load balancers (14 MiB), with PostgreSQL (124 MiB).
    /// </summary>
    public static ResourceRequirements Of(PublishedService service) => service.Kind switch
    {
        // Twice what was seen; .NET keeps its heap below three quarters of the limit.
        PublishedKind.Server => new(Cpu: 250, Memory: 256, MemoryLimit: 512),
        // 4,000 connections (maxconn), each with a buffer of 32 KiB for either direction, are 250 MiB; the rest is HAProxy itself and its tables.
        PublishedKind.LoadBalancer => new(Cpu: 100, Memory: 64, MemoryLimit: 384),
        // 128 MiB that all connections share, and what up to a hundred of them need besides. Processes that work on one query together (parallel
        // queries, building an index) share memory of their own, in /dev/shm; with the usual 64 MiB they fail: "could not resize shared memory segment".
        _ => new(Cpu: 250, Memory: 256, MemoryLimit: 1024) { SharedMemory = 256 },
    };

    /// <summary>
    /// Of keepalived beside a load balancer. Seen: 11 MiB at most, with the script that asks HAProxy and the pages of programs read from disk
    /// (keepalived 2.2.7, two runs of less than a minute).
    /// </summary>
    public static ResourceRequirements Keepalived { get; } = new(Cpu: 10, Memory: 16, MemoryLimit: 64) { Processes = 64 };

    /// <summary>
    /// The smallest of Container Apps' combinations that has the memory and, since there it is a bound too, twice the share of a core:
    /// quarters of a core, with half a GiB for each (https://learn.microsoft.com/azure/container-apps/containers#allocations).
    /// </summary>
    /// <returns>Quarters of a core, and so of 2 GiB.</returns>
    public int ContainerAppQuarters => Math.Max((2 * Cpu + 249) / 250, (MemoryLimit + 511) / 512);
}
