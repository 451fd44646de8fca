using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value from the configuration (<c>Parameters:NAME</c>) or from its default.</summary>
public class ParameterResource : Resource, IExpressionValue
{
    private readonly Lazy<string> _value;

    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false) : base(name)
        => (_value, Secret) = (new(() => callback(Default)), secret);

    public bool Secret { get; }
    public ParameterDefault? Default { get; set; }
    public string? Description { get; set; }
    public string ValueExpression => $"{{{Name}.value}}";
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => new(_value.Value);
}

public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();
}

/// <summary>A random value; each kind of character that is allowed appears at least as often as asked for.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    public int MinLength { get; set; } = 22;
    public bool Lower { get; set; } = true;
    public bool Upper { get; set; } = true;
    public bool Numeric { get; set; } = true;
    public bool Special { get; set; } = true;
    public int MinLower { get; set; }
    public int MinUpper { get; set; }
    public int MinNumeric { get; set; }
    public int MinSpecial { get; set; }

    public override string GetDefaultValue()
    {
        // As in genuine Aspire without look-alikes, and without special characters that connection strings or URLs would have to escape.
        (int Min, string Characters)[] kinds = [.. new (bool Allowed, int Min, string Characters)[]
        {
            (Lower, MinLower, "abcdefghjkmnpqrstuvwxyz"), (Upper, MinUpper, "ABCDEFGHJKMNPQRSTUVWXYZ"),
            (Numeric, MinNumeric, "0123456789"), (Special, MinSpecial, "-_.{}~()*+!"),
        }.Where(k => k.Allowed).Select(k => (k.Min, k.Characters))];
        var required = string.Concat(kinds.Select(k => RandomNumberGenerator.GetString(k.Characters, k.Min)));
        var rest = RandomNumberGenerator.GetString(string.Concat(kinds.Select(k => k.Characters)), Math.Max(0, MinLength - required.Length));
        char[] value = [.. required, .. rest];
        RandomNumberGenerator.Shuffle<char>(value);
        return new(value);
    }
}
