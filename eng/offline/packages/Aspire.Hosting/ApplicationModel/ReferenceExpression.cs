namespace Aspire.Hosting.ApplicationModel;

public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => GetValueAsync(new(), cancellationToken);
    ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default);
}

/// <summary>What stands for the value where it is published; here it is only part of the interface.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}

public record NetworkIdentifier(string Value);

public static class KnownNetworkIdentifiers
{
    public static readonly NetworkIdentifier LocalhostNetwork = new("localhost");
}

/// <summary>Who asks for a value; <see cref="Network"/>, if given, says from where, else the caller does.</summary>
public sealed class ValueProviderContext
{
    public IResource? Caller { get; init; }
    public NetworkIdentifier? Network { get; init; }
    internal bool IsFromContainerNetwork => Network is null && Caller is ContainerResource;
}

/// <summary>A string with holes that are filled when it is needed, for the one who needs it.</summary>
public sealed class ReferenceExpression : IValueProvider, IManifestExpressionProvider
{
    private readonly string _format;
    private readonly IReadOnlyList<IValueProvider> _providers;

    internal ReferenceExpression(string format, IReadOnlyList<IValueProvider> providers) => (_format, _providers) = (format, providers);

    public string ValueExpression
        => string.Format(CultureInfo.InvariantCulture, _format, [.. _providers.Select(p => ((IManifestExpressionProvider)p).ValueExpression)]);

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.Build();

    public async ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
    {
        var values = await _providers.ToAsyncEnumerable().Select((p, ct) => p.GetValueAsync(context, ct)).ToArrayAsync(cancellationToken).ConfigureAwait(false);
        return string.Format(CultureInfo.InvariantCulture, _format, values);
    }

    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _format = new(literalLength);
        private readonly List<IValueProvider> _providers = new(formattedCount);

        public void AppendLiteral(string value) => _format.Append(value.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
        public void AppendFormatted(string? value) => AppendLiteral(value ?? "");

        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider
        {
            _format.Append(CultureInfo.InvariantCulture, $"{{{_providers.Count}}}");
            _providers.Add(valueProvider);
        }

        internal ReferenceExpression Build() => new(_format.ToString(), _providers);
    }
}
