using System.Net.Sockets;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>What DCP is told of a resource, in DCP's own words.</summary>
internal static class DcpSpecs
{
    public const string NetworkName = "aspire-container-network";

    public static string KindsOf(IResource resource) => resource.IsContainer() ? "containers" : "executables";

    public static Dictionary<string, string> Annotations(IResource resource) => new()
    {
        ["resource-name"] = resource.Name,
        ["service-producer"] = JsonSerializer.Serialize(resource.Annotations.OfType<EndpointAnnotation>().Select(e => new
        {
            serviceName = DcpServices.NameOf(resource, e), address = DcpServices.AddressOf(e), port = e.TargetPort,
        })),
    };

    public static object Executable(IResource resource, List<string> args, List<object> env)
    {
        var (path, before, folder) = resource is ProjectResource project ? ProjectCommand(project.GetProjectMetadata().ProjectPath)
            : (((ExecutableResource)resource).Command, [], ((ExecutableResource)resource).WorkingDirectory);
        return new { executablePath = path, workingDirectory = folder, args = (string[])[.. before, .. args], env, executionType = "Process" };
    }

    public static async Task<object> ContainerAsync(IResource resource, List<string> args, List<object> env, IServiceProvider services, CancellationToken cancellationToken)
    {
        resource.TryGetContainerImageName(out var image);
        var files = new List<object>();
        foreach (var target in resource.Annotations.OfType<ContainerFilesAnnotation>())
        {
            var entries = await target.Callback(new() { Model = resource, Services = services }, cancellationToken).ConfigureAwait(false);
            files.Add(new
            {
                destination = target.Destination, defaultOwner = target.Owner, defaultGroup = target.Group, umask = (int?)target.Umask,
                entries = entries.Select(Entry).ToArray(),
            });
        }

        return new
        {
            image,
            containerName = resource.Instance().Name,
            command = (resource as ContainerResource)?.Entrypoint,
            args,
            env,
            runArgs = resource.Annotations.OfType<ContainerRuntimeArgsAnnotation>().SelectMany(a => a.Args),
            createFiles = files,
            restartPolicy = "no",
            pullPolicy = resource.TryGetLastAnnotation<ContainerPullPolicyAnnotation>(out var pull) && pull.Policy != ImagePullPolicy.Default
                ? pull.Policy.ToString().ToLowerInvariant() : null,
            networks = new[]
            {
                new { name = NetworkName, aliases = (string[])[resource.Name, $"{resource.Name}.dev.internal",
                    .. resource.Annotations.OfType<ContainerNetworkAliasAnnotation>().Select(a => a.Alias)] },
            },
            volumeMounts = resource.Annotations.OfType<ContainerMountAnnotation>().Select(m => new
            {
                type = m.Type == ContainerMountType.BindMount ? "bind" : "volume", source = m.Source, target = m.Target, readOnly = m.IsReadOnly,
            }),
            // A proxied endpoint takes any host port, since DCP's proxy has the public one.
            ports = resource.Annotations.OfType<EndpointAnnotation>().Select(e => new
            {
                containerPort = e.TargetPort,
                hostPort = e.IsProxied ? null : e.SpecifiedPort,
                hostIP = e.TargetHost == KnownHostNames.Localhost ? null : e.TargetHost,
                protocol = e.Protocol == ProtocolType.Udp ? "UDP" : "TCP",
            }),
        };
    }

    // The project is built already, as the AppHost refers to it; its own program starts in a tenth of the time of `dotnet run`
    // and gets DCP's signals first hand.
    private static (string Path, string[] Args, string Folder) ProjectCommand(string projectPath)
    {
        var folder = Path.GetDirectoryName(projectPath)!;
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";
        var output = Path.Combine(folder, "bin", configuration);
        var built = !Directory.Exists(output) ? null : Directory
            .EnumerateFiles(output, $"{Path.GetFileNameWithoutExtension(projectPath)}.runtimeconfig.json", SearchOption.AllDirectories)
            .MaxBy(File.GetLastWriteTimeUtc);
        return built is null
            ? ("dotnet", ["run", "--project", projectPath, "--no-build", "--configuration", configuration, "--no-launch-profile", "--"], folder)
            : ("dotnet", ["exec", built.Replace(".runtimeconfig.json", ".dll", StringComparison.Ordinal)], folder);
    }

    private static object Entry(ContainerFileSystemItem item) => new
    {
        type = item is ContainerDirectory ? "directory" : "file",
        name = item.Name,
        owner = item.Owner,
        group = item.Group,
        mode = (int)item.Mode,
        contents = (item as ContainerFile)?.Contents,
        source = (item as ContainerFile)?.SourcePath,
        entries = (item as ContainerDirectory)?.Entries.Select(Entry).ToArray(),
    };
}
