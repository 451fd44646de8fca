using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ScaleUp.Tests.Publishing;

/// <summary>An image that has been published.</summary>
/// <param name="Project">The project, for example <c>ScaleUp.Web</c>.</param>
/// <param name="Files">What is in it, by path without a slash before it.</param>
/// <param name="Description">What it says of itself: its configuration.</param>
/// <param name="Bill">Its bill of materials.</param>
/// <param name="BaseRepository">Where the image is from that it was built on.</param>
/// <param name="BaseTag">The tag of that image.</param>
/// <param name="BaseDigest">The digest of that image.</param>
internal sealed record PublishedImage(
    string Project, IReadOnlyDictionary<string, byte[]> Files, JsonElement Description, JsonElement Bill, string BaseRepository, string BaseTag, string BaseDigest)
{
    // What a runtime for Linux makes of a processor's number, so that no other runtime takes the code for its own:
    // https://github.com/dotnet/runtime/blob/main/docs/design/coreclr/botr/readytorun-format.md
    private const ushort Linux = 0x7B79;

    /// <summary>The processor of this machine, in the words of images.</summary>
    public static string Architecture => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>The programs and libraries in it that are .NET's, without texts in other languages.</summary>
    public IEnumerable<string> Assemblies => Files.Keys.Where(path => path.EndsWith(".dll", StringComparison.Ordinal) && !path.EndsWith(".resources.dll", StringComparison.Ordinal));

    /// <summary>Whether the code of a library is there for this machine's processor and Linux, and not to be compiled when it is called.</summary>
    public bool IsCompiled(string path)
    {
        using var reader = new PEReader(new MemoryStream(Files[path]));
        var machine = Architecture == "arm64" ? Machine.Arm64 : Machine.Amd64;
        return reader.PEHeaders.CorHeader?.ManagedNativeHeaderDirectory.Size > 0 && (ushort)reader.PEHeaders.CoffHeader.Machine == ((ushort)machine ^ Linux);
    }
}
