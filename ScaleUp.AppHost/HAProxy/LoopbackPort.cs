using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.HAProxy;

/// <summary>A port that is free, or has to be, on several addresses of this machine at once.</summary>
internal static class LoopbackPort
{
    private const int Attempts = 50;

    // Below the ports that systems give to whoever asks for any (32768 and up on Linux, 49152 and up elsewhere).
    private const int FirstLasting = 20000;
    private const int LastLasting = 32000;

    /// <summary>Finds a port that is free on all addresses.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="lasting">Whether it is used only later, and so must be one that nobody gets by chance in between.</param>
    public static int FindFree(IReadOnlyList<string> addresses, bool lasting = false)
    {
        for (var i = 0; i < Attempts; i++)
        {
            var port = lasting ? Random.Shared.Next(FirstLasting, LastLasting) : FreePortOf(addresses[0]);
            if (addresses.All(address => IsFree(address, port)))
            {
                return port;
            }
        }

        throw new DistributedApplicationException($"No port could be found that is free on {string.Join(" and ", addresses)}. Choose one yourself instead of 0.");
    }

    /// <summary>Throws if the port is in use on one of the addresses.</summary>
    public static void EnsureFree(IReadOnlyList<string> addresses, int port)
    {
        if (addresses.FirstOrDefault(address => !IsFree(address, port)) is { } taken)
        {
            throw new DistributedApplicationException(
                $"Port {port} of {taken} is needed for a load balancer, but another program uses it (or this machine does not have the address). End that program, or choose another port for the load balancers.");
        }
    }

    private static bool IsFree(string address, int port)
    {
        using var socket = NewSocket(address);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePortOf(string address)
    {
        using var socket = NewSocket(address);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static Socket NewSocket(string address) => new(IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
}
