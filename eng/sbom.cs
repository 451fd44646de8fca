// What is in an image: a bill of materials in CycloneDX (https://cyclonedx.org/docs/1.6/json) of the libraries that the build lists beside a
// program, and of the image that it was built on, which has more in it: whoever makes that one lists it. The same commit on the same base
// image gives the same text. Both files are written for each image that is published, into the folder that is said:
// dotnet publish ScaleUp.Web -t:PublishContainer -p:ImageDescription=/tmp/web
// dotnet run eng/sbom.cs /tmp/web/ScaleUp.Web.deps.json /tmp/web/labels > scaleup-web.cdx.json
using System.Text.Json;
using System.Text.Json.Nodes;

using var list = JsonDocument.Parse(File.ReadAllText(args[0]));
var libraries = list.RootElement.GetProperty("libraries").EnumerateObject()
    .Select(library => (Name: library.Name.Split('/')[0], Version: library.Name.Split('/')[1], Type: library.Value.GetProperty("type").GetString(), Hash: library.Value.GetProperty("sha512").GetString()!))
    .OrderBy(library => library.Name, StringComparer.Ordinal)
    .ToArray();
var program = Path.GetFileName(args[0]).Replace(".deps.json", "", StringComparison.Ordinal);

// https://specs.opencontainers.org/image-spec/annotations/: the SDK labels each image with what it was built on, as it was found.
var labels = File.ReadAllLines(args[1]);
string? Label(string name) => labels.FirstOrDefault(line => line.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..];
if (Label("org.opencontainers.image.base.name") is not { } baseName || Label("org.opencontainers.image.base.digest") is not { } digest)
{
    Console.Error.WriteLine($"{args[1]}: the image has no labels that say what it was built on. Publish it without ContainerGenerateLabels=false.");
    return 1;
}

// What is not from a package is of this repository.
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
        // "sha512-" and the hash of the package in Base64, as NuGet checks it.
        ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(library.Hash.Split('-', 2)[1])) }),
    })]),
}.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
return 0;

JsonObject BaseImage()
{
    // registry:port/path/name:tag@digest, of which a tag and a digest may be missing.
    var (reference, nameAt) = (baseName.Split('@')[0], baseName.LastIndexOf('/') + 1);
    var tagAt = reference.IndexOf(':', nameAt);
    var (repository, tag) = tagAt < 0 ? (reference, null) : (reference[..tagAt], reference[(tagAt + 1)..]);
    // https://github.com/package-url/purl-spec/blob/main/types/oci-definition.json
    var url = Uri.EscapeDataString(repository).Replace("%2F", "/", StringComparison.Ordinal);
    return new JsonObject
    {
        ["type"] = "container",
        ["name"] = repository,
        ["version"] = tag ?? digest,
        ["purl"] = $"pkg:oci/{repository[nameAt..].ToLowerInvariant()}@{Uri.EscapeDataString(digest)}?repository_url={url}{(tag is null ? "" : $"&tag={tag}")}",
        ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-256", ["content"] = digest.Split(':', 2)[1] }),
    };
}
