using System.Runtime.InteropServices;
using ScaleUp.Tests.Drills.Report;

namespace ScaleUp.Tests.Drills;

/// <summary>Writes the results of drills into a folder: a table of all, and JSON and a chart of each next to its ledger.</summary>
/// <param name="folder">The folder, created if missing.</param>
internal sealed class DrillReport(string folder)
{
    private readonly Dictionary<string, DrillResult> _results = [];

    public string Folder { get; } = Directory.CreateDirectory(folder).FullName;

    /// <summary>The path of a drill's ledger.</summary>
    public string LedgerOf(string drill) => Path.Combine(Folder, $"{drill}.ledger.jsonl");

    /// <summary>Describes the machine: cores, memory and operating system.</summary>
    public static string Machine =>
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB, " +
        $"{RuntimeInformation.OSDescription}";

    /// <param name="result">The result of the drill.</param>
    /// <param name="evidence">Returns the servers' states and last log lines; called only if the drill did not pass.</param>
    public async Task AddAsync(DrillResult result, Func<Task<string>> evidence)
    {
        if (result.Verdict != Verdict.Passed)
        {
            await File.WriteAllTextAsync(
                Path.Combine(Folder, $"{result.Name}.evidence.txt"), $"{ResultTable.Explain(result)}\n{await evidence()}");
        }

        _results[result.Name] = result;
        await File.WriteAllTextAsync(Path.Combine(Folder, $"{result.Name}.json"), ResultJson.Render(result, Machine));
        await File.WriteAllTextAsync(Path.Combine(Folder, $"{result.Name}.svg"), ResultPicture.Render(result));
        // Sort in the order of the list of drills; other results come last.
        var order = Faults.Drill.All.Select(drill => drill.Name).ToList();
        var table = ResultTable.Render(_results.Values.OrderBy(r => (uint)order.IndexOf(r.Name)));
        await File.WriteAllTextAsync(Path.Combine(Folder, "results.md"), $"{table}\nMeasured on: {Machine}.\n");
    }
}
