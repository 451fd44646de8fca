using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Headers = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// Who the visitor is, is what a load balancer says in <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c>; from anybody else
/// these are nothing but claims. Which addresses are load balancers is the setting <see cref="SettingName"/>; without it nobody is.
/// </summary>
internal static class ForwardedHeaders
{
    /// <summary>Networks such as <c>10.1.0.0/16</c>, separated by <c>;</c>.</summary>
    public const string SettingName = "TrustedProxies";

    /// <exception cref="InvalidOperationException">The setting names something that is not a network.</exception>
    public static void AddForwardedHeaders(this IHostApplicationBuilder builder)
    {
        var networks = (builder.Configuration[SettingName] ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => IPNetwork.TryParse(text, out var network) ? network
                : throw new InvalidOperationException($"{SettingName} has '{text}', which is not a network such as 10.1.0.0/16."))
            .ToArray();

        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            // An empty list of networks would mean "anybody".
            options.ForwardedHeaders = networks.Length == 0 ? Headers.None : Headers.XForwardedFor | Headers.XForwardedProto | Headers.XForwardedHost;
            // All of them that are load balancers or stand between, from the last to the first that is not: that is the visitor.
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
