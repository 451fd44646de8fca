using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using ScaleUp.AppHost;

namespace ScaleUp.Tests.Settings;

public sealed class StartupDiagnosticsTests
{
    [Theory]
    [InlineData("FailedToStart", null, "FailedToStart")]
    [InlineData("Exited", 1, "Exited, exit code 1")]
    public void An_exit_code_is_reported_if_there_is_one(string state, int? exitCode, string report) =>
        Assert.Equal(report, StartupDiagnostics.Describe(new CustomResourceSnapshot { ResourceType = "Container", Properties = ImmutableArray<ResourcePropertySnapshot>.Empty, State = state, ExitCode = exitCode }));
}
