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

    /// <summary>Throws if the port can't be used on one of the addresses.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="port">The port.</param>
    /// <param name="user">What needs it, for the message.</param>
    /// <exception cref="PortUnavailableException">Another program uses it, or this machine does not have the address.</exception>
    public static void EnsureFree(IReadOnlyList<string> addresses, int port, string user)
    {
        foreach (var address in addresses)
        {
            if (TryBind(address, port) is { } error)
            {
                throw new PortUnavailableException(error is SocketError.AddressAlreadyInUse or SocketError.AccessDenied
                    ? $"Port {port} of {address} is needed for {user}, but {(error is SocketError.AccessDenied ? "this user may not use it" : "another program uses it")}. End that program, or choose another port."
                    : $"Address {address} is needed for {user}, but this machine does not have it ({error}). Enable it{(address.Contains(':', StringComparison.Ordinal) ? " (IPv6 on the loopback interface)" : "")}, or run with fewer load balancers.");
            }
        }
    }

    private static bool IsFree(string address, int port) => TryBind(address, port) is null;

    private static SocketError? TryBind(string address, int port)
    {
        try
        {
            using var socket = NewSocket(address);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
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

/// <summary>A port that is needed is not available.</summary>
internal sealed class PortUnavailableException(string message) : DistributedApplicationException(message)
{
    /// <summary>The message alone: what .NET prints when the AppHost ends.</summary>
    public override string ToString() => Message;
}
