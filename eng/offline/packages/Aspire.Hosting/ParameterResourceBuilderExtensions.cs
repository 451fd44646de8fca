using System.Reflection;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting;

public class MissingParameterValueException(string message) : DistributedApplicationException(message);

public static class ParameterResourceBuilderExtensions
{
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false)
        => builder.Add(Configured(builder, name, null, secret));

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false)
        => builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false)
        => publishValueAsDefault && secret ? throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret))
            : builder.Add(new ParameterResource(name, _ => valueGetter(), secret));

    /// <summary>Takes the configured value, else the default; <paramref name="persist"/> keeps a generated one in the user secrets.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
        => builder.Add(Configured(builder, name, persist ? new UserSecretsParameterDefault(builder, name, value) : value, secret));

    /// <summary>A password that stays the same from run to run, so that data kept in a volume stays readable.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(IDistributedApplicationBuilder builder, string name, bool lower = true, bool upper = true,
        bool numeric = true, bool special = true, int minLower = 0, int minUpper = 0, int minNumeric = 0, int minSpecial = 0)
        => Configured(builder, name, new UserSecretsParameterDefault(builder, name, new GenerateParameterDefault
        {
            Lower = lower, Upper = upper, Numeric = numeric, Special = special,
            MinLower = minLower, MinUpper = minUpper, MinNumeric = minNumeric, MinSpecial = minSpecial,
        }), secret: true);

    private static ParameterResource Configured(IDistributedApplicationBuilder builder, string name, ParameterDefault? value, bool secret)
        // Environment variables can't have hyphens in every shell, so an underscore will do.
        => new(name, fallback => builder.Configuration[$"Parameters:{name}"] ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"]
            ?? fallback?.GetDefaultValue() ?? throw new MissingParameterValueException($"Parameter resource could not be used because configuration key "
                + $"'Parameters:{name}' is missing and the Parameter has no default value."), secret) { Default = value };

    private static IResourceBuilder<ParameterResource> Add(this IDistributedApplicationBuilder builder, ParameterResource parameter)
        => builder.AddResource(parameter).WithInitialState(new()
        {
            ResourceType = KnownResourceTypes.Parameter,
            Properties = [new(CustomResourceKnownProperties.Source, $"Parameters:{parameter.Name}")],
            State = KnownResourceStates.Waiting,
        });

    private sealed class UserSecretsParameterDefault(IDistributedApplicationBuilder builder, string name, ParameterDefault inner) : ParameterDefault
    {
        public override string GetDefaultValue()
        {
            var value = inner.GetDefaultValue();
            builder.Configuration[$"Parameters:{name}"] = value;
            if (builder.AppHostAssembly?.GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId is { } id)
            {
                var file = PathHelper.GetSecretsPathFromSecretsId(id);
                var secrets = File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))!.AsObject() : [];
                secrets[$"Parameters:{name}"] = value;
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllText(file, secrets.ToString());
            }

            return value;
        }
    }
}
