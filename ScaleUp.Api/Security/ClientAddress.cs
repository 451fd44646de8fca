using System.Net;
using System.Net.Sockets;
using ScaleUp.Api.DataProtection;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Security;

/// <summary>
/// The address of the client. A web server sends its visitor's address in <see cref="HttpHeaderNames.ClientAddress"/>, which requires
/// the service key. For other clients it is the address of the connection, or the one that a trusted load balancer forwards.
/// </summary>
internal static class ClientAddress
{
    /// <summary>The IPv4 address, or the first 64 bits of an IPv6 address, because one household has the whole /64 network.</summary>
    public static string Source(this HttpContext context)
    {
        var request = context.Request;
        var address = request.Headers[HttpHeaderNames.ClientAddress] is [{ Length: > 0 } text]
            && ServiceKey.IsSent(request) && IPAddress.TryParse(text, out var visitor)
                ? visitor
                : context.Connection.RemoteIpAddress;
        return address switch
        {
            null => "unknown",
            { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
            { AddressFamily: AddressFamily.InterNetworkV6 } => Network(address),
            _ => address.ToString(),
        };
    }

    private static string Network(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
