using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.Configuration;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.AppHost;

/// <summary>
/// The settings of the topology, checked. They come from appsettings.json, environment variables (<c>Api__Replicas</c>)
/// and the command line (<c>--Api:Replicas=5</c>), the later before the earlier.
/// </summary>
/// <param name="WebReplicas"><c>Web:Replicas</c>, 1 to 16.</param>
/// <param name="WebMaxReplicas"><c>Web:MaxReplicas</c>, at least <c>Web:Replicas</c>; those above it are on standby.</param>
/// <param name="ApiReplicas"><c>Api:Replicas</c>, 1 to 16.</param>
/// <param name="ApiMaxReplicas"><c>Api:MaxReplicas</c>, at least <c>Api:Replicas</c>; those above it are on standby.</param>
/// <param name="LoadBalancers"><c>LoadBalancer:Instances</c>, 1 to 4.</param>
/// <param name="PublicPort"><c>LoadBalancer:Port</c>; 0 takes any free one.</param>
/// <param name="Tls"><c>LoadBalancer:Tls</c>, true or false.</param>
/// <param name="TlsPort"><c>LoadBalancer:TlsPort</c>; 0 takes any free one.</param>
/// <param name="Certificate"><c>LoadBalancer:Certificate</c>, a PEM file; null (an empty setting) is the development certificate.</param>
/// <param name="RequestsPerServer"><c>LoadBalancer:RequestsPerServer</c>, what one load balancer gives to one server at a time, 1 to 10,000; more waits.</param>
/// <param name="RequestLimit"><c>LoadBalancer:RequestLimit</c>, requests of one client in ten seconds; 0 for any number.</param>
/// <param name="SignInLimit"><c>LoadBalancer:SignInLimit</c>, attempts to sign in of one client in a minute; 0 for any number.</param>
/// <param name="ConnectionsPerClient"><c>LoadBalancer:ConnectionsPerClient</c>, connections of one client with one load balancer at a time; 0 for any number.</param>
/// <param name="Hosts"><c>LoadBalancer:Hosts</c>, names of the website, separated by spaces; others are refused. Empty takes any.</param>
/// <param name="VirtualAddress">
/// <c>LoadBalancer:VirtualAddress</c>, such as 192.0.2.80/24, at <c>LoadBalancer:VirtualInterface</c>; null (an empty setting) for none.
/// </param>
/// <param name="HAProxyImage"><c>Images:HAProxy</c>, as in <c>docker pull</c>.</param>
/// <param name="PostgresImage"><c>Images:Postgres</c>, as in <c>docker pull</c>.</param>
/// <param name="ExternalDatabase"><c>Postgres:External</c>, true or false: whether there is a server already, at <c>ConnectionStrings:scaleup</c>.</param>
/// <param name="DataVolume"><c>Postgres:Volume</c>; null (an empty setting) keeps nothing after the run.</param>
internal sealed partial record TopologyOptions(
    int WebReplicas, int WebMaxReplicas, int ApiReplicas, int ApiMaxReplicas, int LoadBalancers, int PublicPort,
    bool Tls, int TlsPort, string? Certificate, int RequestsPerServer, int RequestLimit, int SignInLimit, int ConnectionsPerClient, IReadOnlyList<string> Hosts, VirtualAddress? VirtualAddress,
    string HAProxyImage, string PostgresImage, bool ExternalDatabase, string? DataVolume)
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="TopologyOptionsException">One or more settings are wrong; the message names them all.</exception>
    public static TopologyOptions Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        CheckNames(configuration, errors);

        var web = ReadNumber("Web:Replicas", 1, MaxReplicas);
        var webMax = ReadMax("Web:MaxReplicas", web);
        var api = ReadNumber("Api:Replicas", 1, MaxReplicas);
        var topology = new TopologyOptions(
            web,
            webMax,
            api,
            ReadMax("Api:MaxReplicas", api),
            ReadNumber("LoadBalancer:Instances", 1, 4),
            ReadNumber("LoadBalancer:Port", 0, 65535),
            ReadBoolean("LoadBalancer:Tls"),
            ReadNumber("LoadBalancer:TlsPort", 0, 65535),
            configuration["LoadBalancer:Certificate"] is { Length: > 0 } certificate ? certificate : null,
            ReadNumber("LoadBalancer:RequestsPerServer", 1, 10_000),
            ReadNumber("LoadBalancer:RequestLimit", 0, 1_000_000),
            ReadNumber("LoadBalancer:SignInLimit", 0, 1_000_000),
            ReadNumber("LoadBalancer:ConnectionsPerClient", 0, 1_000_000),
            ReadText("LoadBalancer:Hosts", HostNames(), "names such as www.example.com and IP addresses (IPv6 in brackets), separated by spaces, without a port, or empty for any")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ReadVirtualAddress(),
            ReadText("Images:HAProxy", ImageReference(), "an image such as haproxy:3.0"),
            ReadText("Images:Postgres", ImageReference(), "an image such as postgres:17"),
            ReadBoolean("Postgres:External"),
            ReadText("Postgres:Volume", VolumeName(), "the name of a volume: letters, digits, '_', '.' and '-', or empty for none") is { Length: > 0 } volume ? volume : null);

        return errors.Count == 0 ? topology : throw new TopologyOptionsException(errors);

        int ReadNumber(string name, int least, int most)
        {
            var text = configuration[name] ?? s_defaults[name];
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            {
                return number;
            }

            errors.Add($"{name} is '{text}', but must be a whole number from {least} to {most}.");
            return least;
        }

        // Without the setting one more than run from the start, so that there is one to try it with.
        int ReadMax(string name, int running) =>
            configuration[name] is null ? Math.Min(running + 1, MaxReplicas) : ReadNumber(name, running, MaxReplicas);

        // keepalived on the far side of a container knows its first interface as eth0; the server's own is what that one is made from.
        VirtualAddress? ReadVirtualAddress()
        {
            var (address, device) = (ReadText("LoadBalancer:VirtualAddress", AddressWithPrefix(), "an IPv4 address with the length of its network's prefix, such as 192.0.2.80/24, or empty for none"),
                ReadText("LoadBalancer:VirtualInterface", InterfaceName(), "the name of a network interface, such as eth0"));
            if (address.Length > 0 && !IPNetwork.TryParse($"{address.Split('/')[0]}/32", out _))
            {
                errors.Add($"LoadBalancer:VirtualAddress is '{address}', but must be an IPv4 address.");
            }

            return address.Length > 0 ? new VirtualAddress(address, device) : null;
        }

        bool ReadBoolean(string name) => ReadText(name, TrueOrFalse(), "true or false").Equals("true", StringComparison.OrdinalIgnoreCase);

        string ReadText(string name, Regex form, string description)
        {
            var text = configuration[name] ?? s_defaults[name];
            if (!form.IsMatch(text))
            {
                errors.Add($"{name} is '{text}', but must be {description}.");
            }

            return text;
        }
    }

    private const int MaxReplicas = 16;

    private static readonly Dictionary<string, string> s_defaults = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Web:Replicas"] = "2",
        ["Web:MaxReplicas"] = "",
        ["Api:Replicas"] = "3",
        ["Api:MaxReplicas"] = "",
        ["LoadBalancer:Instances"] = "2",
        ["LoadBalancer:Port"] = "8080",
        ["LoadBalancer:Tls"] = "false",
        ["LoadBalancer:TlsPort"] = "8443",
        ["LoadBalancer:Certificate"] = "",
        ["LoadBalancer:RequestsPerServer"] = "8",
        ["LoadBalancer:RequestLimit"] = "0",
        ["LoadBalancer:SignInLimit"] = "60",
        ["LoadBalancer:ConnectionsPerClient"] = "1000",
        ["LoadBalancer:Hosts"] = "",
        ["LoadBalancer:VirtualAddress"] = "",
        ["LoadBalancer:VirtualInterface"] = "eth0",
        ["Images:HAProxy"] = $"{HAProxyContainerImageTags.Image}:{HAProxyContainerImageTags.Tag}",
        ["Images:Postgres"] = "postgres:17.6",
        ["Postgres:External"] = "false",
        ["Postgres:Volume"] = "scaleup-data",
    };

    // A misspelt setting would otherwise be a setting that has no effect and says nothing.
    private static void CheckNames(IConfiguration configuration, List<string> errors)
    {
        foreach (var section in s_defaults.Keys.Select(name => name.Split(':')[0]).Distinct())
        {
            foreach (var setting in configuration.GetSection(section).GetChildren().Where(s => !s_defaults.ContainsKey(s.Path)))
            {
                var known = s_defaults.Keys.Where(name => name.StartsWith(section + ":", StringComparison.Ordinal));
                errors.Add($"{setting.Path} is not a setting; {section} has {string.Join(" and ", known)}.");
            }
        }
    }

    // https://github.com/distribution/reference: host and path in lower case, then a tag or a digest. The tag is required:
    // an image that changes by itself is not a description of anything.
    [GeneratedRegex(@"\A[a-z0-9]+([._:-][a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})\z")]
    private static partial Regex ImageReference();

    [GeneratedRegex(@"\A( *([A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*|\[[0-9A-Fa-f:.]+\])(?= |\z))* *\z")]
    private static partial Regex HostNames();

    [GeneratedRegex(@"\A(\d{1,3}(\.\d{1,3}){3}/([89]|[12]\d|30))?\z")]
    private static partial Regex AddressWithPrefix();

    // At most 15 characters, https://man7.org/linux/man-pages/man7/netdevice.7.html.
    [GeneratedRegex(@"\A[\w.:@-]{1,15}\z")]
    private static partial Regex InterfaceName();

    [GeneratedRegex(@"\A(?i:true|false)\z")]
    private static partial Regex TrueOrFalse();

    [GeneratedRegex(@"\A([a-zA-Z0-9][\w.-]*)?\z")]
    private static partial Regex VolumeName();
}

/// <summary>The settings of the topology are wrong.</summary>
internal sealed class TopologyOptionsException(IReadOnlyList<string> errors) : Exception(
    $"""
    ScaleUp was not started, because of its settings:
      - {string.Join($"{Environment.NewLine}  - ", errors)}
    They are read from appsettings.json, environment variables (Api__Replicas=5) and the command line (--Api:Replicas=5).
    """)
{
    /// <summary>The message alone: what .NET prints when the AppHost ends, for a person who mistyped a number.</summary>
    public override string ToString() => Message;
}
