using Xunit.Sdk;
using Xunit.v3;

// Integration tests use the processor in turns and wait in between, so that more collections than a small machine has cores keep it busy.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 3)]
[assembly: TestCollectionOrderer<ScaleUp.Tests.Suite.LongestFirst>]

namespace ScaleUp.Tests.Suite;

/// <summary>Starts the longest collections first, so that none of them is left to run alone at the end.</summary>
internal sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_long =
    [
        "RunningTopology",
        "TemplatePackage",
        "ImageTests",
        "WebServers",
        "QueueingTests",
        "SizingTests",
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(PlaceOf).ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static int PlaceOf<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection
    {
        var place = Array.FindIndex(s_long, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal));
        return place < 0 ? s_long.Length : place;
    }
}
