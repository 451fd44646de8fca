using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace ScaleUp.Tests.Publishing;

/// <summary>
/// A container registry with a single empty multi-platform base image, so that tests build images without a network. It implements the
/// pull endpoints of https://github.com/opencontainers/distribution-spec.
/// </summary>
internal sealed class BaseImageRegistry : IAsyncDisposable
{
    private const string Index = "application/vnd.docker.distribution.manifest.list.v2+json";
    private const string Manifest = "application/vnd.docker.distribution.manifest.v2+json";
    private const string Config = "application/vnd.docker.container.image.v1+json";
    private const string Layer = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Dictionary<string, string> _digests = [];
    private readonly Dictionary<string, (string Type, byte[] Bytes)> _content = [];
    private readonly WebApplication _server;

    private BaseImageRegistry(WebApplication server) => _server = server;

    /// <summary>The repository, for example <c>localhost:40123/small/base</c>.</summary>
    public string Repository => $"localhost:{new Uri(_server.Urls.Single()).Port}/small/base";

    /// <summary>The digest of the image for an architecture, for example <c>amd64</c>.</summary>
    public string this[string architecture] => _digests[architecture];

    public static async Task<BaseImageRegistry> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0" });
        builder.Logging.ClearProviders();
        var registry = new BaseImageRegistry(builder.Build());
        registry.AddImage("1.0", "amd64", "arm64");
        registry._server.MapGet("/v2/", () => Results.Ok());
        registry._server.MapMethods("/v2/small/base/{kind}/{reference}", ["GET", "HEAD"], registry.GetContent);
        await registry._server.StartAsync(cancellationToken);
        return registry;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private IResult GetContent(string reference, HttpContext context)
    {
        if (!_content.TryGetValue(reference, out var content))
        {
            return Results.NotFound();
        }

        context.Response.Headers["Docker-Content-Digest"] = Digest(content.Bytes);
        return Results.Bytes(content.Bytes, content.Type);
    }

    private void AddImage(string tag, params string[] architectures)
    {
        var tar = EmptyLayer();
        var layer = Add(Layer, Compress(tar));
        var images = architectures.Select(architecture =>
        {
            var config = Add(Config, Json(new
            {
                architecture,
                os = "linux",
                config = new { Env = new[] { "PATH=/usr/bin" } },
                rootfs = new { type = "layers", diff_ids = new[] { Digest(tar) } },
                history = Array.Empty<object>(),
            }));
            var manifest = Add(Manifest, Json(new { schemaVersion = 2, mediaType = Manifest, config, layers = new[] { layer } }));
            _digests[architecture] = manifest.Digest;
            return manifest with { Platform = new(architecture, "linux") };
        });
        _content[tag] = (Index, Json(new { schemaVersion = 2, mediaType = Index, manifests = images.ToArray() }));
    }

    private Descriptor Add(string type, byte[] bytes)
    {
        var descriptor = new Descriptor(type, bytes.Length, Digest(bytes));
        _content[descriptor.Digest] = (type, bytes);
        return descriptor;
    }

    private static byte[] EmptyLayer()
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "app/"));
        }

        return stream.ToArray();
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value, s_json);

    private static string Digest(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    private sealed record Platform(string Architecture, string Os);

    private sealed record Descriptor(string MediaType, int Size, string Digest, Platform? Platform = null);
}
