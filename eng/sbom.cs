// Writes the bill of materials of an image in CycloneDX format (https://cyclonedx.org/docs/1.6/json): the program's libraries and the base
// image, whose contents its publisher lists. The output is the same for the same commit and base image. Usage:
// dotnet publish ScaleUp.Web -t:PublishContainer -p:ImageDescription=/tmp/web
// dotnet run eng/sbom.cs /tmp/web/ScaleUp.Web.deps.json /tmp/web/labels > scaleup-web.cdx.json
using System.Text.Json;
using System.Text.Json.Nodes;

using var list = JsonDocument.Parse(File.ReadAllText(args[0]));
var libraries = list.RootElement.GetProperty("libraries").EnumerateObject()
    .Select(library => (
        Name: library.Name.Split('/')[0],
        Version: library.Name.Split('/')[1],
        Type: library.Value.GetProperty("type").GetString(),
        Hash: library.Value.GetProperty("sha512").GetString()!))
    .OrderBy(library => library.Name, StringComparer.Ordinal)
    .ToArray();
var program = Path.GetFileName(args[0]).Replace(".deps.json", "", StringComparison.Ordinal);

// The SDK labels each image with its base image, https://specs.opencontainers.org/image-spec/annotations/.
var labels = File.ReadAllLines(args[1]);
string? Label(string name) => labels.FirstOrDefault(line => line.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..];
if (Label("org.opencontainers.image.base.name") is not { } baseName || Label("org.opencontainers.image.base.digest") is not { } digest)
{
    Console.Error.WriteLine($"{args[1]}: the image has no labels for its base image. Publish it without ContainerGenerateLabels=false.");
    return 1;
}

// Libraries that are not packages are projects of this repository.
Console.WriteLine(new JsonObject
{
    ["bomFormat"] = "CycloneDX",
    ["specVersion"] = "1.6",
    ["version"] = 1,
    ["metadata"] = new JsonObject { ["component"] = new JsonObject { ["type"] = "application", ["name"] = program } },
    ["components"] = new JsonArray([BaseImage(), .. libraries.Where(library => library.Type == "package").Select(library => new JsonObject
    {
        ["type"] = "library",
        ["name"] = library.Name,
        ["version"] = library.Version,
        ["purl"] = $"pkg:nuget/{library.Name}@{library.Version}",
        // NuGet's hash of the package: "sha512-" and Base64.
        ["hashes"] = new JsonArray(new JsonObject
        {
            ["alg"] = "SHA-512",
            ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(library.Hash.Split('-', 2)[1])),
        }),
    })]),
}.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
return 0;

JsonObject BaseImage()
{
    // registry:port/path/name:tag@digest; tag and digest are optional.
    var (reference, nameAt) = (baseName.Split('@')[0], baseName.LastIndexOf('/') + 1);
    var tagAt = reference.IndexOf(':', nameAt);
    var (repository, tag) = tagAt < 0 ? (reference, null) : (reference[..tagAt], reference[(tagAt + 1)..]);
    // https://github.com/package-url/purl-spec/blob/main/types/oci-definition.json
    var url = Uri.EscapeDataString(repository).Replace("%2F", "/", StringComparison.Ordinal);
    var tagSuffix = tag is null ? "" : $"&tag={tag}";
    return new JsonObject
    {
        ["type"] = "container",
        ["name"] = repository,
        ["version"] = tag ?? digest,
        ["purl"] = $"pkg:oci/{repository[nameAt..].ToLowerInvariant()}@{Uri.EscapeDataString(digest)}?repository_url={url}{tagSuffix}",
        ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-256", ["content"] = digest.Split(':', 2)[1] }),
    };
}
