using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.HAProxy;

/// <summary>A port that is free, or has to be, on several addresses of this machine at once.</summary>
public static class LoopbackPort
{
    private const int Attempts = 50;

    // Below the ephemeral port range (from 32768 on Linux, from 49152 elsewhere).
    private const int MinStaticPort = 20000;
    private const int MaxStaticPort = 32000;

    /// <summary>Finds a port that is free on all addresses.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="isStatic">
    /// Whether the port is used only later, so that it must be outside the ephemeral range, from which other programs get ports.
    /// </param>
    public static int FindFree(IReadOnlyList<string> addresses, bool isStatic = false)
    {
        for (var i = 0; i < Attempts; i++)
        {
            var port = isStatic ? Random.Shared.Next(MinStaticPort, MaxStaticPort) : FreePortOf(addresses[0]);
            if (addresses.All(address => IsFree(address, port)))
            {
                return port;
            }
        }

        throw new DistributedApplicationException(
            $"No port is free on {string.Join(" and ", addresses)} after {Attempts} attempts. Specify a port instead of 0.");
    }

    /// <summary>Throws if the port is not available on one of the addresses.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="port">The port.</param>
    /// <param name="user">What needs the port, for the message.</param>
    /// <exception cref="PortUnavailableException">Another program uses the port, or this machine does not have the address.</exception>
    public static void EnsureFree(IReadOnlyList<string> addresses, int port, string user)
    {
        foreach (var address in addresses)
        {
            if (TryBind(address, port) is { } error)
            {
                throw new PortUnavailableException(DescribeFailure(address, port, user, error));
            }
        }
    }

    private static string DescribeFailure(string address, int port, string user, SocketError error) => error switch
    {
        SocketError.AccessDenied =>
            $"Port {port} on {address} is needed for {user}, but this user has no permission to use it. Choose another port.",
        SocketError.AddressAlreadyInUse =>
            $"Port {port} on {address} is needed for {user}, but another program uses it. Stop that program, or choose another port.",
        _ =>
            $"Address {address} is needed for {user}, but this machine does not have it ({error}). " +
            $"Enable it{(address.Contains(':', StringComparison.Ordinal) ? " (IPv6 on the loopback interface)" : "")}, " +
            "or run with fewer load balancers.",
    };

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
public sealed class PortUnavailableException(string message) : DistributedApplicationException(message)
{
    /// <summary>Returns the message only, without a stack trace, because .NET prints it when the AppHost fails.</summary>
    public override string ToString() => Message;
}
