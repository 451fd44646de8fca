namespace Aspire.Hosting.Testing;

/// <summary>What an AppHost runs with under test where neither its arguments nor the environment say otherwise.</summary>
internal static class TestDefaults
{
    public static void Apply(HostApplicationBuilderSettings settings, Assembly appHost, string[] args)
    {
        settings.Args = [.. settings.Args ?? [], .. args];
        settings.ApplicationName = appHost.GetName().Name;
        var folder = appHost.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(data => data.Key == "apphostprojectpath")?.Value
            ?? throw new InvalidOperationException($"{settings.ApplicationName} is not an AppHost: it does not say where its project is.");
        settings.ContentRootPath = folder;

        // Tests run side by side, so no port is fixed.
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["DcpPublisher:RandomizePorts"] = "true" };
        foreach (var (name, value) in ReadEnvironment(Path.Combine(folder, "Properties", "launchSettings.json")))
        {
            values[name] = value?.ToString();
            // The host reads these two families of variables without their prefix as well.
            foreach (var prefix in new[] { "DOTNET_", "ASPNETCORE_" }.Where(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase)))
            {
                values.TryAdd(name[prefix.Length..], value?.ToString());
            }
        }

        // First of all, so that the host's own sources (appsettings, environment, command line) override it.
        settings.Configuration!.AddInMemoryCollection(values);
    }

    // The environment of the AppHost's launch profile, of which there is one: no `dotnet run` has set it here.
    private static JsonObject ReadEnvironment(string launchSettings)
    {
        var comments = new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
        var profiles = JsonNode.Parse(File.ReadAllText(launchSettings), documentOptions: comments)?["profiles"]?.AsObject() ?? [];
        return profiles.Count == 1 ? profiles.Single().Value?["environmentVariables"]?.AsObject() ?? []
            : throw new NotSupportedException($"{launchSettings} has {profiles.Count} profiles, and any but one is not covered by eng/offline.");
    }
}
