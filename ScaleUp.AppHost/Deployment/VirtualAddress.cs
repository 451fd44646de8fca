using System.Net;

namespace ScaleUp.AppHost.Deployment;

/// <summary>An IP address that the load balancers share: one of them holds it, and another takes over when that one fails.</summary>
/// <param name="Address">The address with its prefix length, for example <c>192.0.2.80/24</c>.</param>
/// <param name="Interface">The network interface that holds the address.</param>
internal sealed record VirtualAddress(string Address, string Interface)
{
    /// <summary>The address's network, for example <c>192.0.2.0/24</c>.</summary>
    public string Network
    {
        get
        {
            var parts = Address.Split('/');
            var (bytes, bits) = (IPAddress.Parse(parts[0]).GetAddressBytes(), int.Parse(parts[1], null));
            for (var i = bits; i < bytes.Length * 8; i++)
            {
                bytes[i / 8] &= (byte)~(0x80 >> (i % 8));
            }

            return new IPNetwork(new IPAddress(bytes), bits).ToString();
        }
    }
}
