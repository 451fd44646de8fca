using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScaleUp.Tests.Drills.Writes;

/// <summary>
/// What was written, kept outside the system: a file with a line of JSON for each write, handed to the operating system before
/// the next one is entered. Nothing in it is ever changed.
/// </summary>
internal sealed class Ledger : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly StreamWriter _file;
    private readonly Lock _lock = new();

    /// <exception cref="IOException">There is such a file already: a ledger is never continued nor overwritten.</exception>
    public Ledger(string path)
    {
        Path = path;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        _file = new StreamWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
    }

    public string Path { get; }

    public void Enter(LedgerEntry entry)
    {
        lock (_lock)
        {
            _file.WriteLine(JsonSerializer.Serialize(entry, s_json));
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Reads a ledger from its file.</summary>
    public static IReadOnlyList<LedgerEntry> Read(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var entries = new List<LedgerEntry>();
        while (reader.ReadLine() is { } line)
        {
            entries.Add(JsonSerializer.Deserialize<LedgerEntry>(line, s_json)!);
        }

        return entries;
    }
}
