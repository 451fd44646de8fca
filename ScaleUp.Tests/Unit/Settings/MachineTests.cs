using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using ScaleUp.Tests.Drills;

namespace ScaleUp.Tests.Settings;

/// <summary>The scripts in <c>eng/machine</c> provide what the AppHost needs.</summary>
public sealed partial class MachineTests
{
    [Fact]
    public void The_images_that_the_script_looks_for_are_the_defaults_of_the_AppHost()
    {
        var defaults = AppHost.TopologyOptions.Read(new ConfigurationBuilder().Build());
        var script = File.ReadAllText(Path.Combine(DrillSettings.Root(), "eng", "machine", "images.sh"));

        Assert.Equal(
            [$"haproxy={defaults.HAProxyImage}", $"postgres={defaults.PostgresImage}"],
            OfficialImage().Matches(script).Select(match => match.Groups[1].Value));
    }

    [GeneratedRegex("^official_(.+)$", RegexOptions.Multiline)]
    private static partial Regex OfficialImage();
}
