using System.Globalization;
using Microsoft.VisualBasic.FileIO;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// What a load balancer says of itself: the answer to <c>show stat</c>, a line for each frontend, backend and server.
/// https://docs.haproxy.org/3.0/management.html#9.1
/// </summary>
internal sealed class HAProxyStatistics
{
    private HAProxyStatistics(IReadOnlyList<Line> lines) => Lines = lines;

    public IReadOnlyList<Line> Lines { get; }

    /// <exception cref="RuntimeApiException">It is not such an answer.</exception>
    public static HAProxyStatistics Parse(string csv)
    {
        using var parser = new TextFieldParser(new StringReader(csv)) { Delimiters = [","], HasFieldsEnclosedInQuotes = true };
        try
        {
            if (parser.ReadFields() is not ["# pxname", "svname", ..] header)
            {
                throw NotUnderstood();
            }

            var columns = header.Index().ToLookup(column => column.Item, column => column.Index);
            var lines = new List<Line>();
            while (parser.ReadFields() is { } fields)
            {
                lines.Add(fields.Length < 2 ? throw NotUnderstood()
                    : new Line(fields[0], fields[1], name => columns[name].FirstOrDefault(-1) is >= 0 and var i && i < fields.Length ? fields[i] : ""));
            }

            return new(lines);
        }
        catch (MalformedLineException ex)
        {
            throw NotUnderstood(ex);
        }

        RuntimeApiException NotUnderstood(Exception? inner = null) => new($"The answer to 'show stat' was not understood: {csv.Trim()}", inner);
    }

    public Line? Server(string backend, string server) => Lines.FirstOrDefault(line => line.Proxy == backend && line.Name == server);

    /// <summary>One line.</summary>
    /// <param name="Proxy">The frontend or backend.</param>
    /// <param name="Name">The server, or FRONTEND or BACKEND for the proxy as a whole.</param>
    /// <param name="Text">A column by its name, empty if there is nothing to say.</param>
    public sealed record Line(string Proxy, string Name, Func<string, string> Text)
    {
        /// <summary>UP, DOWN, DRAIN (told to), NOLB (leaves by itself), OPEN (a frontend) and others, some with an addition such as "UP 1/3".</summary>
        public string Status => Text("status");

        /// <summary>It takes requests, by its check or because it has none.</summary>
        public bool IsUp => Status.StartsWith("UP", StringComparison.Ordinal) || Status == "no check";

        /// <summary>It was told to take no new requests.</summary>
        public bool IsDrained => Status.StartsWith("DRAIN", StringComparison.Ordinal);

        /// <summary>What it was told to be: <c>ready</c>, <c>drain</c> or <c>maint</c>. (It is in maintenance without that if its name does not resolve.)</summary>
        public string AdministrativeState => Status == "MAINT" ? "maint" : IsDrained ? "drain" : "ready";

        /// <summary>It cannot take requests: it fails its checks, or (MAINT) has no address, since its name does not resolve.</summary>
        public bool IsDown => Status.StartsWith("DOWN", StringComparison.Ordinal) || Status.StartsWith("MAINT", StringComparison.Ordinal);

        /// <summary>Requests that it has now.</summary>
        public long InFlight => Number("scur");

        /// <summary>Why the last health check was as it was, in HAProxy's words; without a check, its state.</summary>
        public string Reason => Status == "MAINT (resolution)" ? "its name does not resolve"
            : new[] { Text("check_desc"), Text("last_chk") }.Where(text => text.Length > 0).ToArray() is { Length: > 0 } words ? string.Join(": ", words)
            : Status;

        public long Number(string column) =>
            long.TryParse(Text(column), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
