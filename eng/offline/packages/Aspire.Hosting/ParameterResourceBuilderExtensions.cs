namespace Aspire.Hosting;

public static class ParameterResourceBuilderExtensions
{
    /// <summary>Takes the configured value, else the default; <paramref name="persist"/> keeps a generated one in the user secrets.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, GenerateParameterDefault value, bool secret = false, bool persist = false)
    {
        var key = $"Parameters:{name}";
        // Environment variables can't have hyphens in every shell, so an underscore will do.
        var parameter = new ParameterResource(name, () => builder.Configuration[key] ?? builder.Configuration[key.Replace('-', '_')]
            ?? (persist ? Persist(builder, key, value.GetDefaultValue()) : value.GetDefaultValue()), secret) { Default = value };
        return builder.AddResource(parameter).WithInitialState(new()
        {
            ResourceType = KnownResourceTypes.Parameter, Properties = [new(KnownProperties.Source, key)], State = KnownResourceStates.Waiting,
        });
    }

    /// <summary>A connection string that is given, as <c>ConnectionStrings:NAME</c>.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(this IDistributedApplicationBuilder builder, string name)
        => builder.AddResource(new ConnectionStringParameterResource(name, () => builder.Configuration.GetConnectionString(name)
            ?? throw new DistributedApplicationException($"ConnectionStrings:{name} is not set.")));

    private static string Persist(IDistributedApplicationBuilder builder, string key, string value)
    {
        builder.Configuration[key] = value;
        var id = Assembly.Load(builder.Environment.ApplicationName).GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId
            ?? throw new DistributedApplicationException($"'{key}' can't be kept, since the AppHost's project has no UserSecretsId.");
        var file = PathHelper.GetSecretsPathFromSecretsId(id);
        var secrets = File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))!.AsObject() : [];
        secrets[key] = value;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, secrets.ToString());
        return value;
    }
}
