using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ScaleUp.Tests.Publishing;

/// <summary>A published container image.</summary>
/// <param name="Project">The project, for example <c>ScaleUp.Web</c>.</param>
/// <param name="Files">The files of the image by path, without a leading slash.</param>
/// <param name="Configuration">The image configuration.</param>
/// <param name="BillOfMaterials">The bill of materials (CycloneDX).</param>
/// <param name="BaseRepository">The repository of the base image.</param>
/// <param name="BaseTag">The tag of the base image.</param>
/// <param name="BaseDigest">The digest of the base image.</param>
internal sealed record PublishedImage(
    string Project,
    IReadOnlyDictionary<string, byte[]> Files,
    JsonElement Configuration,
    JsonElement BillOfMaterials,
    string BaseRepository,
    string BaseTag,
    string BaseDigest)
{
    // ReadyToRun images for Linux have the machine type XORed with this value:
    // https://github.com/dotnet/runtime/blob/main/docs/design/coreclr/botr/readytorun-format.md
    private const ushort Linux = 0x7B79;

    /// <summary>The architecture of this machine in the notation of container images.</summary>
    public static string Architecture =>
        RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>The paths of the .NET assemblies, without satellite assemblies.</summary>
    public IEnumerable<string> Assemblies => Files.Keys.Where(path =>
        path.EndsWith(".dll", StringComparison.Ordinal) && !path.EndsWith(".resources.dll", StringComparison.Ordinal));

    /// <summary>Whether an assembly has ReadyToRun code for Linux on the architecture of this machine.</summary>
    public bool IsReadyToRun(string path)
    {
        using var reader = new PEReader(new MemoryStream(Files[path]));
        var machine = Architecture == "arm64" ? Machine.Arm64 : Machine.Amd64;
        return reader.PEHeaders.CorHeader?.ManagedNativeHeaderDirectory.Size > 0
            && (ushort)reader.PEHeaders.CoffHeader.Machine == ((ushort)machine ^ Linux);
    }
}
