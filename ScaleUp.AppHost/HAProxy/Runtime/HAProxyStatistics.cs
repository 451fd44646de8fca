using System.Globalization;
using Microsoft.VisualBasic.FileIO;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// The statistics of a load balancer: the response to <c>show stat</c>, with one line per frontend, backend and server.
/// https://docs.haproxy.org/3.0/management.html#9.1
/// </summary>
internal sealed class HAProxyStatistics
{
    private HAProxyStatistics(IReadOnlyList<Line> lines) => Lines = lines;

    public IReadOnlyList<Line> Lines { get; }

    /// <exception cref="RuntimeApiException">The text is not a valid response to <c>show stat</c>.</exception>
    public static HAProxyStatistics Parse(string csv)
    {
        using var parser = new TextFieldParser(new StringReader(csv)) { Delimiters = [","], HasFieldsEnclosedInQuotes = true };
        try
        {
            if (parser.ReadFields() is not ["# pxname", "svname", ..] header)
            {
                throw Invalid();
            }

            var columns = header.Index().ToLookup(column => column.Item, column => column.Index);
            var lines = new List<Line>();
            while (parser.ReadFields() is { } fields)
            {
                lines.Add(fields.Length < 2 ? throw Invalid() : new Line(
                    fields[0],
                    fields[1],
                    name => columns[name].FirstOrDefault(-1) is >= 0 and var i && i < fields.Length ? fields[i] : ""));
            }

            return new(lines);
        }
        catch (MalformedLineException ex)
        {
            throw Invalid(ex);
        }

        RuntimeApiException Invalid(Exception? inner = null) => new($"The response to 'show stat' is invalid: {csv.Trim()}", inner);
    }

    public Line? Server(string backend, string server) => Lines.FirstOrDefault(line => line.Proxy == backend && line.Name == server);

    /// <summary>One line of the statistics.</summary>
    /// <param name="Proxy">The frontend or backend.</param>
    /// <param name="Name">The server, or FRONTEND or BACKEND for the proxy as a whole.</param>
    /// <param name="Text">Returns a column's value by its name; empty if there is none.</param>
    public sealed record Line(string Proxy, string Name, Func<string, string> Text)
    {
        /// <summary>
        /// UP, DOWN, DRAIN (drained by a command), NOLB (drains itself by 404), OPEN (a frontend) and others, some with a suffix such as
        /// "UP 1/3".
        /// </summary>
        public string Status => Text("status");

        /// <summary>Whether the server is up, by its health check or because it has none.</summary>
        public bool IsUp => Status.StartsWith("UP", StringComparison.Ordinal) || Status == "no check";

        /// <summary>Whether the server is drained by a command.</summary>
        public bool IsDrained => Status.StartsWith("DRAIN", StringComparison.Ordinal);

        /// <summary>
        /// The administrative state: <c>ready</c>, <c>drain</c> or <c>maint</c>. MAINT (resolution), when a name does not resolve, is
        /// <c>ready</c>, because no command caused it.
        /// </summary>
        public string AdministrativeState => Status == "MAINT" ? "maint" : IsDrained ? "drain" : "ready";

        /// <summary>Whether the server is down: it fails its checks, is in maintenance, or its name does not resolve.</summary>
        public bool IsDown => Status.StartsWith("DOWN", StringComparison.Ordinal) || Status.StartsWith("MAINT", StringComparison.Ordinal);

        /// <summary>The number of requests in flight.</summary>
        public long InFlight => Number("scur");

        /// <summary>The reason for the last health check's result, in HAProxy's words; the status if there is no check.</summary>
        public string Reason => Status == "MAINT (resolution)" ? "its name does not resolve"
            : new[] { Text("check_desc"), Text("last_chk") }.Where(text => text.Length > 0).ToArray() is { Length: > 0 } parts
                ? string.Join(": ", parts)
            : Status;

        public long Number(string column) =>
            long.TryParse(Text(column), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
