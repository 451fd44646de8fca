using System.Globalization;
using System.Text;

namespace ScaleUp.Web.Operations;

/// <summary>
/// Parses the statistics of a load balancer, CSV with a line for each frontend, backend and server
/// (https://docs.haproxy.org/3.0/management.html#9.1). Columns are read by name, because they differ between HAProxy versions.
/// </summary>
internal static class LoadBalancerStatistics
{
    /// <summary>Parses a complete response.</summary>
    /// <exception cref="FormatException">The text is not such a response, or is truncated.</exception>
    public static IReadOnlyList<StatisticsLine> Parse(string csv)
    {
        if (!csv.StartsWith("# pxname,svname,", StringComparison.Ordinal))
        {
            throw new FormatException(
                $"Expected the statistics of a load balancer, but received '{csv[..Math.Min(csv.Length, 80)].Trim()}'.");
        }

        // In a truncated response, missing servers would seem to be removed.
        if (!csv.EndsWith('\n'))
        {
            throw new FormatException("The statistics are truncated in the middle of a line.");
        }

        Dictionary<string, int>? columns = null;
        var lines = new List<StatisticsLine>();
        foreach (var line in csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != "\r"))
        {
            var fields = Split(line);
            if (columns is null)
            {
                fields[0] = "pxname";
                columns = fields.Index().Where(field => field.Item.Length > 0).GroupBy(field => field.Item).ToDictionary(same => same.Key,
                    same => same.First().Index);
            }
            else
            {
                lines.Add(fields.Count < columns.Count
                    ? throw new FormatException(
                        $"A line of the statistics has {fields.Count} of {columns.Count} columns: '{line[..Math.Min(line.Length, 80)]}'.")
                    : new StatisticsLine(columns, fields));
            }
        }

        return lines;
    }

    // RFC 4180, without line breaks in fields, which HAProxy does not write.
    private static List<string> Split(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '"' when isQuoted && i + 1 < line.Length && line[i + 1] == '"':
                    field.Append('"');
                    i++;
                    break;
                case '"':
                    isQuoted = !isQuoted;
                    break;
                case ',' when !isQuoted:
                    fields.Add(field.ToString());
                    field.Clear();
                    break;
                case '\r' when i == line.Length - 1:
                    break;
                default:
                    field.Append(line[i]);
                    break;
            }
        }

        fields.Add(field.ToString());
        return isQuoted
            ? throw new FormatException($"The statistics contain an unclosed quotation mark: '{line[..Math.Min(line.Length, 80)]}'.")
            : fields;
    }
}

/// <summary>A load balancer's statistics of one frontend, backend or server.</summary>
internal sealed class StatisticsLine(IReadOnlyDictionary<string, int> columns, IReadOnlyList<string> fields)
{
    /// <summary>The name of the frontend or backend.</summary>
    public string Proxy => Text("pxname");

    /// <summary>The name of the server; FRONTEND or BACKEND for the whole frontend or backend.</summary>
    public string Name => Text("svname");

    /// <summary>Whether this line describes a server, not a whole frontend or backend.</summary>
    public bool IsServer => Name is not ("FRONTEND" or "BACKEND");

    /// <summary>The text in this column; empty if there is no such column.</summary>
    public string Text(string column) => columns.TryGetValue(column, out var index) ? fields[index] : "";

    /// <summary>The number in this column; null if there is none.</summary>
    public long? Number(string column) => long.TryParse(Text(column), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number : null;

    /// <summary>The server's state as this load balancer sees it.</summary>
    public ServerState State => Text("status") switch
    {
        // A slot of a server template for which DNS returned no address.
        "MAINT (resolution)" => ServerState.Down,
        var status when status.StartsWith("UP", StringComparison.Ordinal) || status == "no check" => ServerState.Up,
        // DRAIN is an operator's command; NOLB is the server's own health response (http-check disable-on-404).
        var status when status.StartsWith("DRAIN", StringComparison.Ordinal) || status.StartsWith("NOLB", StringComparison.Ordinal) =>
            ServerState.Draining,
        var status when status.StartsWith("DOWN", StringComparison.Ordinal) => ServerState.Down,
        // Standby servers are disabled until they are needed.
        var status when status.StartsWith("MAINT", StringComparison.Ordinal) => ServerState.Standby,
        _ => ServerState.Unknown,
    };

    /// <summary>The result of the last health check, as text.</summary>
    public string Check => Text("status") == "MAINT (resolution)" ? "The name does not resolve"
        : string.Join(": ", new[] { Text("check_desc"), Text("last_chk") }.Where(text => text.Length > 0));
}
