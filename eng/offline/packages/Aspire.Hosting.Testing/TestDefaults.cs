using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>What an AppHost runs with under test where neither its arguments nor the test say otherwise.</summary>
internal static class TestDefaults
{
    // Tests run side by side, so no port is fixed and no dashboard is started.
    public static void Apply(DistributedApplicationOptions options, HostApplicationBuilderSettings settings, Assembly appHost, string[] args)
    {
        settings.Args = [.. settings.Args ?? [], .. args];
        options.Args = settings.Args;
        settings.ApplicationName = options.AssemblyName = appHost.GetName().Name ?? "";
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        if (GetProjectFolder(appHost) is { } folder)
        {
            settings.ContentRootPath = folder;
        }

        AddMissing(settings, new()
        {
            ["DcpPublisher:ContainerRuntimeInitializationTimeout"] = "00:00:30",
            ["DcpPublisher:RandomizePorts"] = "true",
            ["DcpPublisher:WaitForResourceCleanup"] = "true",
            ["ASPNETCORE_URLS"] = "http://localhost:8080",
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
        });
        if (Known(settings)["DOTNET_DASHBOARD_OTLP_ENDPOINT_URL"] is null)
        {
            AddMissing(settings, new() { ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:4317" });
        }
    }

    /// <summary>Adds the environment of the AppHost's launch profile: no `dotnet run` has set it here.</summary>
    /// <exception cref="InvalidOperationException">The configured launch profile does not exist.</exception>
    public static void ApplyLaunchProfile(HostApplicationBuilderSettings settings, Assembly appHost)
    {
        if (ReadProfiles(GetProjectFolder(appHost)) is not { } profiles)
        {
            return;
        }

        var name = Known(settings)["DOTNET_LAUNCH_PROFILE"];
        if (string.IsNullOrEmpty(name))
        {
            name = profiles.FirstOrDefault().Key;
            AddMissing(settings, new() { ["DOTNET_LAUNCH_PROFILE"] = name });
        }
        else if (!profiles.ContainsKey(name))
        {
            throw new InvalidOperationException($"The configured launch profile, '{name}', was not found in the launch settings file.");
        }

        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in name is null ? [] : profiles[name]?["environmentVariables"]?.AsObject() ?? [])
        {
            values[key] = value?.ToString();
            // The host reads these two families of variables without their prefix as well.
            foreach (var prefix in new[] { "DOTNET_", "ASPNETCORE_" })
            {
                if (key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                {
                    values.TryAdd(key[prefix.Length..], value?.ToString());
                }
            }
        }

        AddMissing(settings, values);
    }

    private static ConfigurationManager Known(HostApplicationBuilderSettings settings)
    {
        var known = new ConfigurationManager();
        known.AddCommandLine(settings.Args ?? []);
        if (settings.Configuration is { } configuration)
        {
            known.AddConfiguration(configuration);
        }

        return known;
    }

    private static void AddMissing(HostApplicationBuilderSettings settings, Dictionary<string, string?> values)
    {
        using var known = Known(settings);
        settings.Configuration ??= new();
        settings.Configuration.AddInMemoryCollection(values.Where(value => known[value.Key] is null).ToList());
    }

    private static string? GetProjectFolder(Assembly appHost)
        => appHost.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(data => data.Key.Equals("apphostprojectpath", StringComparison.OrdinalIgnoreCase))?.Value is { } folder
            && Directory.Exists(folder) ? folder : null;

    private static JsonObject? ReadProfiles(string? folder)
    {
        var file = Path.Combine(folder ?? "", "Properties", "launchSettings.json");
        if (folder is null || !File.Exists(file))
        {
            return null;
        }

        var comments = new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
        return JsonNode.Parse(File.ReadAllText(file), documentOptions: comments)?["profiles"]?.AsObject();
    }
}
