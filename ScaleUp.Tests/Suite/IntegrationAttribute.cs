using Xunit.Sdk;
using Xunit.v3;

// One at a time: integration tests, beside a build or another topology on a small machine, would measure the machine. All of them use its
// processor, so side by side they take as long. `eng/test.sh --fast` runs the others in parallel.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace ScaleUp.Tests.Suite;

/// <summary>
/// Marks tests that need a container engine, a browser, network namespaces or a build of other projects. <c>eng/test.sh --fast</c> leaves
/// them out. On a collection definition it applies to all tests of the collection.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class IntegrationAttribute : Attribute, ITraitAttribute
{
    private static readonly KeyValuePair<string, string> s_trait = new("Category", "Integration");

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [s_trait];

    /// <summary>Fails the running test, or the fixture that is being created, unless it is marked. Call it wherever tests reach such a thing.</summary>
    /// <param name="need">What they reach, for the message.</param>
    public static void Require(string need)
    {
        var context = TestContext.Current;
        if (context.TestAssembly is null)
        {
            // A thread that no test has started, such as one that reads a container's log.
            return;
        }

        var traits = context.TestCase?.Traits ?? context.TestClass?.Traits ?? context.TestCollection?.Traits ?? context.TestAssembly.Traits;
        var isMarked = traits.TryGetValue(s_trait.Key, out var values) && values.Contains(s_trait.Value);
        Assert.True(isMarked, $"{context.TestClass?.TestClassName ?? context.TestCollection?.TestCollectionDisplayName} uses {need}: mark it with [Integration], so that 'eng/test.sh --fast' leaves it out.");
    }
}
