using System.Net;

namespace ScaleUp.AppHost.Deployment;

/// <summary>An address that the load balancers share: one of them has it at a time, and another takes it over when that one is gone.</summary>
/// <param name="Address">The address with the length of its network's prefix, for example <c>192.0.2.80/24</c>.</param>
/// <param name="Interface">The network interface that has it.</param>
internal sealed record VirtualAddress(string Address, string Interface)
{
    /// <summary>Its network, for example <c>192.0.2.0/24</c>.</summary>
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
