namespace ScaleUp.Tests.Suite;

/// <summary>Tests that measure times. They run one after the other, after all others, so that no other test takes their processor.</summary>
[CollectionDefinition(nameof(Undisturbed), DisableParallelization = true)]
public sealed class Undisturbed;
