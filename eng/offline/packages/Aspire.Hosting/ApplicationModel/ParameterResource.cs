using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value from the configuration (<c>Parameters:NAME</c>) or from its default.</summary>
public sealed class ParameterResource : Resource, IValueProvider, IManifestExpressionProvider
{
    private readonly Lazy<string> _value;

    internal ParameterResource(string name, Func<string> read, bool secret) : base(name) => (_value, Secret) = (new(read), secret);

    public bool Secret { get; }
    public string ValueExpression => $"{{{Name}.value}}";
    internal string Value => _value.Value;
    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) => new(Value);
}

/// <summary>A random value of 22 characters, without special ones if <see cref="Special"/> is false.</summary>
public sealed class GenerateParameterDefault
{
    private const string LettersAndDigits = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ0123456789";

    public bool Special { get; set; } = true;

    // As in genuine Aspire without look-alikes, and without special characters that connection strings or URLs would have to escape.
    internal string GetDefaultValue() => RandomNumberGenerator.GetString(Special ? LettersAndDigits + "-_.{}~()*+!" : LettersAndDigits, 22);
}
