namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// The resource requests and limits of a service's replica, the same for every deployment target. There is no CPU limit where the platform
/// allows it, so that a starting or busy replica can use idle CPU time.
/// </summary>
/// <param name="Cpu">The CPU request in thousandths of a core.</param>
/// <param name="Memory">The memory request in MiB.</param>
/// <param name="MemoryLimit">The memory limit in MiB, above which the replica is killed and restarted.</param>
internal sealed record ResourceRequirements(int Cpu, int Memory, int MemoryLimit)
{
    /// <summary>
    /// The maximum number of processes and threads, which stops runaway programs; PostgreSQL has one process per connection, up to 100.
    /// In Kubernetes this is a setting of the node.
    /// </summary>
    public int MaxProcesses { get; private init; } = 512;

    /// <summary>
    /// The size of <c>/dev/shm</c> in MiB, which counts towards the memory limit; null for the container default of 64 MiB.
    /// </summary>
    public int? SharedMemory { get; private init; }

    /// <summary>
    /// The requirements of a service's replica, as a starting point: adjust them to your own load. Measured: 100 s of 560 reads a second
    /// from 24 clients on a two-core machine, with two web servers (242 MiB and 0.13 of a core each), three application servers (241 MiB,
    /// 0.09), one of two load balancers (14 MiB) and PostgreSQL (124 MiB).
    /// </summary>
    public static ResourceRequirements Of(PublishedService service) => service.Kind switch
    {
        // Twice the measured memory; .NET limits its heap to three quarters of the limit.
        ServiceKind.Server => new(Cpu: 250, Memory: 256, MemoryLimit: 512),
        // 4,000 connections (maxconn) with a 32 KiB buffer per direction use 250 MiB; the rest is for HAProxy itself and its tables.
        ServiceKind.LoadBalancer => new(Cpu: 100, Memory: 64, MemoryLimit: 384),
        // 128 MiB of shared buffers, and memory for up to 100 connections. Parallel queries and index builds use /dev/shm, and fail with
        // the default of 64 MiB ("could not resize shared memory segment").
        _ => new(Cpu: 250, Memory: 256, MemoryLimit: 1024) { SharedMemory = 256 },
    };

    /// <summary>
    /// The requirements of keepalived next to a load balancer. Measured: at most 11 MiB, including the check script and the page cache
    /// (keepalived 2.2.7, two runs of less than a minute).
    /// </summary>
    public static ResourceRequirements Keepalived { get; } = new(Cpu: 10, Memory: 16, MemoryLimit: 64) { MaxProcesses = 64 };

    /// <summary>
    /// The smallest allocation in Container Apps, in quarters of a core with 0.5 GiB each, that has the memory limit and twice the CPU
    /// request, because there it is also a limit (https://learn.microsoft.com/azure/container-apps/containers#allocations).
    /// </summary>
    public int ContainerAppQuarters => Math.Max((2 * Cpu + 249) / 250, (MemoryLimit + 511) / 512);
}
