using System.Runtime.InteropServices;
using ScaleUp.Tests.Drills.Report;

namespace ScaleUp.Tests.Drills;

/// <summary>Writes what drills have shown into a folder: a table of all, and JSON and a picture of each beside its ledger.</summary>
/// <param name="folder">The folder; it is made if it is not there.</param>
internal sealed class DrillReport(string folder)
{
    private readonly Dictionary<string, DrillResult> _results = [];

    public string Folder { get; } = Directory.CreateDirectory(folder).FullName;

    /// <summary>Where a drill's ledger is to be.</summary>
    public string LedgerOf(string drill) => Path.Combine(Folder, $"{drill}.ledger.jsonl");

    /// <summary>The machine, as the README names it.</summary>
    public static string Machine =>
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB, {RuntimeInformation.OSDescription}";

    /// <param name="result">What the drill has shown.</param>
    /// <param name="evidence">Gives the servers' states and last words; asked only if the drill was not passed.</param>
    public async Task AddAsync(DrillResult result, Func<Task<string>> evidence)
    {
        if (result.Verdict != Verdict.Passed)
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, $"{result.Name}.evidence.txt"), $"{ResultTable.Explain(result)}\n{await evidence()}");
        }

        _results[result.Name] = result;
        await File.WriteAllTextAsync(Path.Combine(Folder, $"{result.Name}.json"), ResultJson.Render(result, Machine));
        await File.WriteAllTextAsync(Path.Combine(Folder, $"{result.Name}.svg"), ResultPicture.Render(result));
        // In the order of the list, and what is not in it last.
        var order = Faults.Drill.All.Select(drill => drill.Name).ToList();
        var table = ResultTable.Render(_results.Values.OrderBy(r => (uint)order.IndexOf(r.Name)));
        await File.WriteAllTextAsync(Path.Combine(Folder, "results.md"), $"{table}\nMeasured on: {Machine}.\n");
    }
}
