using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.AppHost;

/// <summary>
/// Reads <see cref="TopologyOptions"/> from appsettings.json, environment variables (<c>Api__Replicas</c>) and the command line
/// (<c>--Api:Replicas=5</c>); the later override the earlier.
/// </summary>
/// <remarks>
/// Not the configuration binder: it stops at the first value that it cannot convert, and here all errors are reported together.
/// </remarks>
internal sealed partial class TopologyOptionsReader(IConfiguration configuration)
{
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
        ["Images:HAProxy"] = HAProxyClusterResource.DefaultImage,
        ["Images:Postgres"] = "postgres:17.6",
        ["Images:PostgresCluster"] = "",
        ["Postgres:External"] = "false",
        ["Postgres:Members"] = "1",
        ["Postgres:Volume"] = "scaleup-data",
    };

    private readonly List<string> _errors = [];

    /// <summary>Reads and validates the settings.</summary>
    /// <exception cref="TopologyOptionsException">One or more settings are invalid; the message names them all.</exception>
    public TopologyOptions Read()
    {
        RejectUnknownNames();
        var options = new TopologyOptions(ReadReplicas("Web"), ReadReplicas("Api"), ReadLoadBalancer(), ReadPostgres());
        return _errors.Count == 0 ? options : throw new TopologyOptionsException(_errors);
    }

    private ReplicaOptions ReadReplicas(string section)
    {
        var replicas = ReadNumber($"{section}:Replicas", 1, MaxReplicas);
        var maxName = $"{section}:MaxReplicas";
        return new ReplicaOptions(replicas, configuration[maxName] is null
            ? Math.Min(replicas + 1, MaxReplicas)
            : ReadNumber(maxName, replicas, MaxReplicas));
    }

    private LoadBalancerOptions ReadLoadBalancer() => new()
    {
        Image = ReadText("Images:HAProxy", ImageReference(), "an image such as haproxy:3.0"),
        Instances = ReadNumber("LoadBalancer:Instances", 1, 4),
        Port = ReadNumber("LoadBalancer:Port", 0, IPEndPoint.MaxPort),
        Tls = ReadBoolean("LoadBalancer:Tls"),
        TlsPort = ReadNumber("LoadBalancer:TlsPort", 0, IPEndPoint.MaxPort),
        Certificate = configuration["LoadBalancer:Certificate"] is { Length: > 0 } certificate ? certificate : null,
        RequestsPerServer = ReadNumber("LoadBalancer:RequestsPerServer", 1, 10_000),
        RequestLimit = ReadNumber("LoadBalancer:RequestLimit", 0, 1_000_000),
        SignInLimit = ReadNumber("LoadBalancer:SignInLimit", 0, 1_000_000),
        ConnectionsPerClient = ReadNumber("LoadBalancer:ConnectionsPerClient", 0, 1_000_000),
        Hosts = ReadText(
                "LoadBalancer:Hosts",
                HostNames(),
                "names such as www.example.com and IP addresses (IPv6 in brackets), separated by spaces, without a port, or empty for any")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries),
        VirtualAddress = ReadVirtualAddress(),
    };

    private PostgresOptions ReadPostgres() => new(
        ReadText("Images:Postgres", ImageReference(), "an image such as postgres:17"),
        ReadBoolean("Postgres:External"),
        ReadText("Postgres:Volume", VolumeName(), "the name of a volume: letters, digits, '_', '.' and '-', or empty for none")
            is { Length: > 0 } volume ? volume : null,
        ReadMembers(),
        configuration["Images:PostgresCluster"] is { Length: > 0 }
            ? ReadText("Images:PostgresCluster", ImageReference(), "an image such as example.com/postgres-cluster:17, or empty to build it")
            : null);

    // An even number of members tolerates no more failures than one member less.
    private int ReadMembers()
    {
        var members = ReadNumber("Postgres:Members", 1, 5);
        if (members is 2 or 4)
        {
            _errors.Add($"Postgres:Members is '{members}', but must be 1, 3 or 5.");
        }
        else if (members > 1 && "true".Equals(configuration["Postgres:External"], StringComparison.OrdinalIgnoreCase))
        {
            _errors.Add(
                $"Postgres:Members is '{members}', but must be 1 if Postgres:External is true, because no server is started.");
        }

        return members;
    }

    // In its container keepalived has the interface eth0; the setting names the machine's interface that the container network is attached to.
    private VirtualAddress? ReadVirtualAddress()
    {
        var address = ReadText(
            "LoadBalancer:VirtualAddress",
            AddressWithPrefix(),
            "an IPv4 address with the length of its network's prefix, such as 192.0.2.80/24, or empty for none");
        var device = ReadText("LoadBalancer:VirtualInterface", InterfaceName(), "the name of a network interface, such as eth0");
        if (address.Length > 0 && !IPNetwork.TryParse($"{address.Split('/')[0]}/32", out _))
        {
            _errors.Add($"LoadBalancer:VirtualAddress is '{address}', but must be an IPv4 address.");
        }

        return address.Length > 0 ? new VirtualAddress(address, device) : null;
    }

    private int ReadNumber(string name, int min, int max)
    {
        var text = configuration[name] ?? s_defaults[name];
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        _errors.Add($"{name} is '{text}', but must be a whole number from {min} to {max}.");
        return min;
    }

    private bool ReadBoolean(string name) =>
        ReadText(name, TrueOrFalse(), "true or false").Equals("true", StringComparison.OrdinalIgnoreCase);

    private string ReadText(string name, Regex pattern, string description)
    {
        var text = configuration[name] ?? s_defaults[name];
        if (!pattern.IsMatch(text))
        {
            _errors.Add($"{name} is '{text}', but must be {description}.");
        }

        return text;
    }

    // A misspelt setting would otherwise have no effect.
    private void RejectUnknownNames()
    {
        foreach (var section in s_defaults.Keys.Select(name => name.Split(':')[0]).Distinct())
        {
            foreach (var setting in configuration.GetSection(section).GetChildren().Where(s => !s_defaults.ContainsKey(s.Path)))
            {
                var known = s_defaults.Keys.Where(name => name.StartsWith(section + ":", StringComparison.Ordinal));
                _errors.Add($"{setting.Path} is not a setting; {section} has {string.Join(" and ", known)}.");
            }
        }
    }

    // https://github.com/distribution/reference: host and path in lower case, then a tag or digest, which is required to pin the image.
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

internal static class TopologyOptionsExtensions
{
    /// <summary>Reads the settings of the topology.</summary>
    /// <exception cref="TopologyOptionsException">One or more settings are invalid; the message names them all.</exception>
    public static TopologyOptions GetTopologyOptions(this IDistributedApplicationBuilder builder) =>
        new TopologyOptionsReader(builder.Configuration).Read();
}
