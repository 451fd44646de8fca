namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value from the configuration (<c>Parameters:NAME</c>) or from its default.</summary>
public class ParameterResource : Resource, IValueProvider, IManifestExpressionProvider
{
    private readonly Lazy<string> _value;

    internal ParameterResource(string name, Func<string> read, bool secret) : base(name) => (_value, Secret) = (new(read), secret);

    public bool Secret { get; }
    public GenerateParameterDefault? Default { get; internal init; }
    public string ValueExpression => $"{{{Name}.value}}";
    internal string Value => _value.Value;
    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) => new(Value);
}

internal sealed class ConnectionStringParameterResource(string name, Func<string> read) : ParameterResource(name, read, secret: true), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{(ParameterResource)this}");
}

/// <summary>A random value of 22 characters, without special ones if <see cref="Special"/> is false.</summary>
public sealed class GenerateParameterDefault
{
    private const string LettersAndDigits = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ0123456789";

    public bool Special { get; set; } = true;

    // As in genuine Aspire without look-alikes, and without special characters that connection strings or URLs would have to escape.
    internal string GetDefaultValue() => RandomNumberGenerator.GetString(Special ? LettersAndDigits + "-_.{}~()*+!" : LettersAndDigits, 22);
}
