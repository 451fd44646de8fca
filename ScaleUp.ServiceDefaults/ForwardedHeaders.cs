using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Headers = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// Takes the client's address, the scheme and the host from <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c>, but only from the
/// load balancers that the setting <see cref="SettingName"/> lists. Without the setting, these headers are ignored.
/// </summary>
internal static class ForwardedHeaders
{
    /// <summary>Networks such as <c>10.1.0.0/16</c>, separated by <c>;</c>.</summary>
    public const string SettingName = "TrustedProxies";

    /// <exception cref="InvalidOperationException">An entry of the setting is not a network.</exception>
    public static void AddForwardedHeaders(this IHostApplicationBuilder builder)
    {
        var networks = (builder.Configuration[SettingName] ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => IPNetwork.TryParse(text, out var network) ? network
                : throw new InvalidOperationException($"{SettingName} contains '{text}'; it must be a network such as 10.1.0.0/16."))
            .ToArray();

        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            // ASP.NET Core would trust every sender if the list of networks was empty.
            options.ForwardedHeaders = networks.Length == 0
                ? Headers.None
                : Headers.XForwardedFor | Headers.XForwardedProto | Headers.XForwardedHost;
            // The client is the last address that is not a trusted proxy, however many proxies there are.
            options.ForwardLimit = null;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in networks)
            {
                options.KnownIPNetworks.Add(network);
            }
        });
    }
}
