using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using ScaleUp.Tests.Drills;

namespace ScaleUp.Tests.Settings;

/// <summary>The scripts in <c>eng/machine</c> provide the images that the AppHost uses.</summary>
public sealed partial class MachineTests
{
    [Fact]
    public void The_script_provides_the_default_images_of_the_AppHost()
    {
        var defaults = new AppHost.TopologyOptionsReader(new ConfigurationBuilder().Build()).Read();
        var script = File.ReadAllText(Path.Combine(DrillSettings.Root(), "eng", "machine", "images.sh"));

        Assert.Equal(
            [$"haproxy={defaults.LoadBalancer.Image}", $"postgres={defaults.Postgres.Image}"],
            OfficialImage().Matches(script).Select(match => match.Groups[1].Value));
    }

    [GeneratedRegex("^official_(.+)$", RegexOptions.Multiline)]
    private static partial Regex OfficialImage();
}
