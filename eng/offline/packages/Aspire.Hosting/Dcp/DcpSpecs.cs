namespace Aspire.Hosting.Dcp;

/// <summary>What DCP is told of a resource, in DCP's own words.</summary>
internal static class DcpSpecs
{
    public const string NetworkName = "aspire-container-network";

    public static string KindsOf(IResource resource) => resource is ContainerResource ? "containers" : "executables";

    public static Dictionary<string, string> Annotations(IResource resource) => new()
    {
        ["resource-name"] = resource.Name,
        ["service-producer"] = JsonSerializer.Serialize(resource.Annotations.OfType<EndpointAnnotation>().Select(e => new
        {
            serviceName = DcpServices.NameOf(resource, e), address = DcpServices.AddressOf(e), port = e.TargetPort,
        })),
    };

    public static object Executable(IResource resource, List<object> env, List<string> args)
    {
        // A project's own program and not `dotnet run`: it starts in a tenth of the time and gets DCP's signals first hand.
        var (program, folder, own) = resource is ProjectResource project ? ("dotnet", project.Folder, (string[])["exec", FindProgram(project)])
            : (((DashboardResource)resource).Program, null, ["dashboard"]);
        var workingDirectory = folder ?? Path.GetDirectoryName(program);
        return new { executablePath = program, workingDirectory, args = own.Concat(args), env, executionType = "Process" };
    }

    public static async Task<object> ContainerAsync(
        ContainerResource resource, List<object> env, List<string> args, IServiceProvider services, CancellationToken cancellationToken)
    {
        var files = new List<object>();
        foreach (var target in resource.Annotations.OfType<ContainerFilesAnnotation>())
        {
            var entries = await target.Callback(new() { Model = resource, Services = services }, cancellationToken).ConfigureAwait(false);
            files.Add(new
            {
                destination = target.Destination, defaultOwner = target.Owner, defaultGroup = target.Group, umask = (int?)target.Umask,
                entries = entries.Select(Entry),
            });
        }

        var runArgs = new List<object>();
        foreach (var annotation in resource.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
        {
            await annotation.Callback(new(runArgs)).ConfigureAwait(false);
        }

        return new
        {
            image = resource.Last<ContainerImage>()?.Reference ?? throw new DistributedApplicationException($"'{resource.Name}' has no image; use WithImage."),
            containerName = resource.Instance().Name,
            env,
            args,
            runArgs,
            createFiles = files,
            restartPolicy = "no",
            networks = new[] { new { name = NetworkName, aliases = new[] { resource.Name, resource.HostNameInNetwork() } } },
            volumeMounts = resource.Annotations.OfType<ContainerMountAnnotation>()
                .Select(m => new { type = "volume", source = m.Source, target = m.Target, readOnly = m.IsReadOnly }),
            // A proxied endpoint takes any host port, since DCP's proxy has the public one.
            ports = resource.Annotations.OfType<EndpointAnnotation>().Select(e => new
            {
                containerPort = e.TargetPort, hostPort = e.IsProxied ? null : e.SpecifiedPort, hostIP = e.TargetHost == "localhost" ? null : e.TargetHost,
                protocol = DcpServices.ProtocolOf(e),
            }),
        };
    }

    private static object Entry(ContainerFileSystemItem item) => new
    {
        type = item is ContainerDirectory ? "directory" : "file", name = item.Name, owner = item.Owner, group = item.Group, mode = (int)item.Mode,
        contents = (item as ContainerFile)?.Contents, entries = (item as ContainerDirectory)?.Entries.Select(Entry),
    };

    // The project is built already, as the AppHost refers to it.
    private static string FindProgram(ProjectResource project)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";
        var output = Path.Combine(project.Folder, "bin", configuration);
        var built = !Directory.Exists(output) ? null : Directory
            .EnumerateFiles(output, $"{Path.GetFileNameWithoutExtension(project.ProjectPath)}.runtimeconfig.json", SearchOption.AllDirectories)
            .MaxBy(File.GetLastWriteTimeUtc);
        return built?.Replace(".runtimeconfig.json", ".dll", StringComparison.Ordinal)
            ?? throw new DistributedApplicationException($"'{project.ProjectPath}' is not built for {configuration}: nothing in {output}.");
    }
}
