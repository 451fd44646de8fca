using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
    ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) => GetValueAsync(cancellationToken);
}

public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}

public interface IExpressionValue : IValueProvider, IManifestExpressionProvider;

public interface IValueWithReferences
{
    IEnumerable<object> References { get; }
}

/// <summary>Who asks for a value, and from which network.</summary>
public class ValueProviderContext
{
    public DistributedApplicationExecutionContext? ExecutionContext { get; init; }
    public IResource? Caller { get; init; }
    public NetworkIdentifier? Network { get; init; }
    internal NetworkIdentifier EffectiveNetwork => Network ?? (Caller?.IsContainer() == true
        ? KnownNetworkIdentifiers.DefaultAspireContainerNetwork : KnownNetworkIdentifiers.LocalhostNetwork);
}

/// <summary>A string with holes that are filled when it is needed, for the one who needs it.</summary>
public class ReferenceExpression : IExpressionValue, IValueWithReferences
{
    internal ReferenceExpression(string format, IReadOnlyList<IValueProvider> providers) => (Format, ValueProviders) = (format, providers);

    public static readonly ReferenceExpression Empty = new("", []);

    public string Format { get; }
    public IReadOnlyList<IValueProvider> ValueProviders { get; }
    public string ValueExpression => string.Format(CultureInfo.InvariantCulture, Format,
        [.. ValueProviders.Select(p => (p as IManifestExpressionProvider)?.ValueExpression)]);
    IEnumerable<object> IValueWithReferences.References => ValueProviders;

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.Builder.Build();
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(new(), cancellationToken);

    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken)
    {
        var values = new object?[ValueProviders.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = await ValueProviders[i].GetValueAsync(context, cancellationToken).ConfigureAwait(false);
        }

        return Format.Length == 0 ? null : string.Format(CultureInfo.InvariantCulture, Format, values);
    }

    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        internal ReferenceExpressionBuilder Builder { get; } = new(literalLength + formattedCount);
        public void AppendLiteral(string value) => Builder.AppendLiteral(value);
        public void AppendFormatted(string? value) => Builder.AppendFormatted(value);
        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider => Builder.AppendFormatted(valueProvider);
        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider) where T : IResource, IValueProvider, IManifestExpressionProvider
            => Builder.AppendFormatted(valueProvider.Resource);
    }
}

/// <summary>Makes a <see cref="ReferenceExpression"/> piece by piece.</summary>
public class ReferenceExpressionBuilder
{
    private readonly StringBuilder _format;
    private readonly List<IValueProvider> _providers = [];

    public ReferenceExpressionBuilder() : this(16) { }
    internal ReferenceExpressionBuilder(int capacity) => _format = new(capacity);

    public bool IsEmpty => _format.Length == 0;
    public void AppendLiteral(string value) => _format.Append(value.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
    public void AppendFormatted(string? value) => AppendLiteral(value ?? "");
    public ReferenceExpression Build() => new(_format.ToString(), [.. _providers]);

    public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider
    {
        _format.Append(CultureInfo.InvariantCulture, $"{{{_providers.Count}}}");
        _providers.Add(valueProvider);
    }
}

internal sealed class ConnectionStringReference(IResourceWithConnectionString resource, bool optional) : IExpressionValue, IValueWithReferences
{
    public string ValueExpression => resource.ValueExpression;
    public IEnumerable<object> References => [resource];
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => GetValueAsync(new(), cancellationToken);
    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
        => await resource.GetValueAsync(context, cancellationToken).ConfigureAwait(false) is { Length: > 0 } value ? value : optional ? null
            : throw new DistributedApplicationException($"The connection string for the resource '{resource.Name}' is not available.");
}
