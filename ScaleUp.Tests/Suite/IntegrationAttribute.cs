using Xunit.Sdk;
using Xunit.v3;

// Integration tests run one at a time, because in parallel they compete for the CPU and their timings become unreliable.
// `eng/test.sh --fast` runs the unit tests in parallel.
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

    /// <summary>Fails the current test or fixture unless it is marked; called by helpers that start containers or programs.</summary>
    /// <param name="resource">The resource that the helper uses, for the message.</param>
    public static void Require(string resource)
    {
        var context = TestContext.Current;
        if (context.TestAssembly is null)
        {
            // The thread belongs to no test, for example because it reads a container's log.
            return;
        }

        var traits = context.TestCase?.Traits ?? context.TestClass?.Traits ?? context.TestCollection?.Traits ?? context.TestAssembly.Traits;
        var isMarked = traits.TryGetValue(s_trait.Key, out var values) && values.Contains(s_trait.Value);
        var name = context.TestClass?.TestClassName ?? context.TestCollection?.TestCollectionDisplayName;
        Assert.True(isMarked, $"{name} uses {resource}: mark it with [Integration], so that 'eng/test.sh --fast' leaves it out.");
    }
}
