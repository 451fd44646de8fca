using System.Net;
using System.Net.Sockets;
using ScaleUp.Api.DataProtection;

namespace ScaleUp.Api.Security;

/// <summary>
/// Where a request comes from. A web server sends its visitor's address in <see cref="HeaderName"/>; only its service key makes that
/// credible. Other clients are known by their connection, or by what a trusted load balancer says of it.
/// </summary>
internal static class ClientAddress
{
    /// <summary>The header in which a web server passes on its visitor's address.</summary>
    public const string HeaderName = "X-Client-Address";

    /// <summary>The IPv4 address, or the first 64 bits of an IPv6 address: one household has all of the rest.</summary>
    public static string Source(this HttpContext context)
    {
        var request = context.Request;
        var address = request.Headers[HeaderName] is [{ Length: > 0 } text] && ServiceKey.IsSent(request) && IPAddress.TryParse(text, out var visitor)
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
