using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>Where a project is; the SDK generates an implementation for every project that the AppHost refers to.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }
}

public class ProjectResourceOptions
{
    public string? LaunchProfileName { get; set; }
    public bool ExcludeLaunchProfile { get; set; }
}

internal sealed record LaunchProfile(string? CommandName, string? CommandLineArgs, string? ApplicationUrl, Dictionary<string, string>? EnvironmentVariables);
internal sealed record LaunchProfileInUse(string Name, LaunchProfile Profile) : IResourceAnnotation;

public static class ProjectResourceBuilderExtensions
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => builder.AddProject<TProject>(name, _ => { });

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new()
        => builder.AddProject<TProject>(name, o => (o.ExcludeLaunchProfile, o.LaunchProfileName) = (launchProfileName is null, launchProfileName));

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, Action<ProjectResourceOptions> configure) where TProject : IProjectMetadata, new()
    {
        var options = new ProjectResourceOptions();
        configure(options);
        var project = builder.AddResource(new ProjectResource(name)).WithAnnotation(new TProject())
            .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "in_memory")
            .WithOtlpExporter()
            .WithEnvironment("DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION", "true")
            .WithEnvironment("LOGGING__CONSOLE__FORMATTERNAME", "simple");
        if (builder.Environment.IsDevelopment())
        {
            project.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "true")
                .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "true");
        }

        var path = project.Resource.GetProjectMetadata().ProjectPath;
        var settings = new ConfigurationBuilder().AddJsonFile(Path.Combine(Path.GetDirectoryName(path)!, "appsettings.json"), optional: true).Build();
        if (settings.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            throw new NotSupportedException($"Kestrel:Endpoints in the appsettings of '{path}' are not covered by eng/offline; use WithHttpEndpoint.");
        }

        project.WithEnvironment(context => SetUrls(project.Resource, context.EnvironmentVariables));
        return options.ExcludeLaunchProfile || FindLaunchProfile(builder.Configuration, path, options.LaunchProfileName) is not { } profile
            ? project : project.WithLaunchProfile(profile);
    }

    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
        => replicas == 1 ? builder : throw new NotSupportedException(
            "More than one replica of a project in run mode is not covered by eng/offline; name each server a resource of its own.");

    // The server binds its target ports; DCP's proxy has the public ones.
    private static void SetUrls(ProjectResource project, Dictionary<string, object> variables)
    {
        var urls = new ReferenceExpressionBuilder();
        foreach (var endpoint in project.GetEndpoints().Where(e => e.Scheme is "http" or "https" && e.EndpointAnnotation.TargetPortEnvironmentVariable is null))
        {
            urls.AppendLiteral($"{(urls.IsEmpty ? "" : ";")}{endpoint.Scheme}://{endpoint.EndpointAnnotation.TargetHost}:");
            urls.AppendFormatted(endpoint.Property(EndpointProperty.TargetPort));
            if (endpoint.IsHttps)
            {
                variables.TryAdd("ASPNETCORE_HTTPS_PORT", endpoint.Property(EndpointProperty.Port));
            }
        }

        if (!urls.IsEmpty)
        {
            variables.TryAdd("ASPNETCORE_URLS", urls.Build());
        }
    }

    // The AppHost's own profile name if the project has it too, else the first that runs a project.
    private static LaunchProfileInUse? FindLaunchProfile(IConfiguration configuration, string project, string? wanted)
    {
        var file = Path.Combine(Path.GetDirectoryName(project)!, "Properties", "launchSettings.json");
        var profiles = !File.Exists(file) ? []
            : JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file), _json).GetProperty("profiles").Deserialize<Dictionary<string, LaunchProfile>>(_json)!;
        if (wanted is not null && !profiles.ContainsKey(wanted))
        {
            throw new DistributedApplicationException($"Launch settings file does not contain '{wanted}' profile: {file}");
        }

        wanted ??= configuration["AppHost:DefaultLaunchProfileName"] ?? configuration["DOTNET_LAUNCH_PROFILE"];
        var name = wanted is not null && profiles.ContainsKey(wanted) ? wanted : profiles.FirstOrDefault(p => p.Value.CommandName == "Project").Key;
        return name is null ? null : new(name, profiles[name]);
    }

    private static IResourceBuilder<ProjectResource> WithLaunchProfile(this IResourceBuilder<ProjectResource> builder, LaunchProfileInUse inUse)
    {
        foreach (var group in (inUse.Profile.ApplicationUrl ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(BindingAddress.Parse).GroupBy(u => u.Scheme))
        {
            foreach (var (index, url) in group.Index())
            {
                builder.WithEndpoint(index == 0 ? url.Scheme : $"{url.Scheme}{index + 1}",
                    e => (e.Port, e.UriScheme, e.TargetHost) = (url.Port, url.Scheme, url.Host));
            }
        }

        return builder.WithAnnotation(inUse).WithArgs((inUse.Profile.CommandLineArgs ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables.TryAdd("DOTNET_LAUNCH_PROFILE", inUse.Name);
                foreach (var (name, value) in inUse.Profile.EnvironmentVariables ?? [])
                {
                    context.EnvironmentVariables.TryAdd(name, Environment.ExpandEnvironmentVariables(value));
                }
            });
    }
}

public static class ExecutableResourceBuilderExtensions
{
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args)
        => builder.AddResource(new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory))).WithArgs(args ?? []);
}
