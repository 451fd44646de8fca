using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScaleUp.Tests.Drills.Writes;

/// <summary>
/// An append-only record of all writes, kept outside the system: a file with a line of JSON per write, flushed to the operating system
/// before the next entry.
/// </summary>
internal sealed class Ledger : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new(
        JsonSerializerDefaults.Web)
    { Converters = { new JsonStringEnumConverter() } };

    private readonly StreamWriter _file;
    private readonly Lock _lock = new();

    /// <exception cref="IOException">The file already exists; a ledger is neither continued nor overwritten.</exception>
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
