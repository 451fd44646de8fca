// What is in an image besides Microsoft's: a bill of materials in CycloneDX (https://cyclonedx.org/docs/1.6/json) from the list of
// libraries that the build writes beside a program. The same commit gives the same text.
// dotnet run eng/sbom.cs ScaleUp.Web/bin/Release/net10.0/ScaleUp.Web.deps.json > scaleup-web.cdx.json
using System.Text.Json;
using System.Text.Json.Nodes;

using var list = JsonDocument.Parse(File.ReadAllText(args[0]));
var libraries = list.RootElement.GetProperty("libraries").EnumerateObject()
    .Select(library => (Name: library.Name.Split('/')[0], Version: library.Name.Split('/')[1], Type: library.Value.GetProperty("type").GetString(), Hash: library.Value.GetProperty("sha512").GetString()!))
    .OrderBy(library => library.Name, StringComparer.Ordinal)
    .ToArray();
var program = Path.GetFileName(args[0]).Replace(".deps.json", "", StringComparison.Ordinal);

// What is not from a package is of this repository.
Console.WriteLine(new JsonObject
{
    ["bomFormat"] = "CycloneDX",
    ["specVersion"] = "1.6",
    ["version"] = 1,
    ["metadata"] = new JsonObject { ["component"] = new JsonObject { ["type"] = "application", ["name"] = program } },
    ["components"] = new JsonArray([.. libraries.Where(library => library.Type == "package").Select(library => new JsonObject
    {
        ["type"] = "library",
        ["name"] = library.Name,
        ["version"] = library.Version,
        ["purl"] = $"pkg:nuget/{library.Name}@{library.Version}",
        // "sha512-" and the hash of the package in Base64, as NuGet checks it.
        ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(library.Hash.Split('-', 2)[1])) }),
    })]),
}.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
