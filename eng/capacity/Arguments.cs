using System.Globalization;

namespace ScaleUp.Capacity;

/// <summary>A wrong call; the message says what it must be.</summary>
internal sealed class ArgumentsException(string message) : Exception(message);

/// <summary>How the program was called: a command, and options with a value each.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _options = [];
    private readonly HashSet<string> _known = [];

    /// <exception cref="ArgumentsException">It is neither a command nor an option with a value.</exception>
    public Arguments(IReadOnlyList<string> args, IReadOnlyList<string> commands)
    {
        Command = args.Count > 0 && commands.Contains(args[0]) ? args[0]
            : throw new ArgumentsException($"{(args.Count > 0 ? $"there is no command '{args[0]}'" : "there must be a command")}: {string.Join(", ", commands)}");
        for (var i = 1; i < args.Count; i += 2)
        {
            var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i] : throw new ArgumentsException($"'{args[i]}' is not an option, which begins with --");
            if (i + 1 == args.Count)
            {
                throw new ArgumentsException($"{name} needs a value");
            }

            if (!_options.TryAdd(name, args[i + 1]))
            {
                throw new ArgumentsException($"{name} is there twice");
            }
        }
    }

    public string Command { get; }

    public double Number(string name, double otherwise, double least, double most) => Read(name) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new ArgumentsException($"{name} must be a number from {Text(least)} to {Text(most)}, not '{text}'");

    public int Whole(string name, int otherwise, int least, int most) => Number(name, otherwise, least, most) is var number && number == Math.Floor(number) ? (int)number
        : throw new ArgumentsException($"{name} must be a whole number from {least} to {most}, not '{Read(name)}'");

    public string? OneOf(string name, params ReadOnlySpan<string> values) => Read(name) is not { } text || values.Contains(text) ? Read(name)
        : throw new ArgumentsException($"{name} must be one of {string.Join(", ", values)}, not '{text}'");

    /// <summary>Shares such as <c>cached=0.6,write=0.1</c>; what is not named has none, and together they are 1.</summary>
    public double[] Shares(string name, IReadOnlyList<string> kinds, double[] otherwise)
    {
        if (Read(name) is not { } text)
        {
            return otherwise;
        }

        var shares = new double[kinds.Count];
        foreach (var part in text.Split(','))
        {
            var (kind, value) = part.Split('=') is [var left, var right] ? (kinds.ToList().IndexOf(left), right) : (-1, "");
            if (kind < 0 || !double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out shares[kind]))
            {
                throw new ArgumentsException($"{name} has '{part}', and must be shares of {string.Join(", ", kinds)}, such as cached=0.6,write=0.1");
            }
        }

        return Math.Abs(shares.Sum() - 1) < 1e-6 ? shares : throw new ArgumentsException($"{name} must be 1 in all, not {Text(shares.Sum())}");
    }

    public string? Read(string name)
    {
        _known.Add(name);
        return _options.GetValueOrDefault(name);
    }

    /// <exception cref="ArgumentsException">There is an option that nobody has asked for.</exception>
    public void CheckAllKnown()
    {
        if (_options.Keys.FirstOrDefault(name => !_known.Contains(name)) is { } unknown)
        {
            throw new ArgumentsException($"there is no option '{unknown}'");
        }
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
