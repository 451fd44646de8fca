namespace ScaleUp.AppHost.Deployment;

/// <summary>A file of a published form.</summary>
/// <param name="Path">Where it is in the form's folder.</param>
/// <param name="Text">What is in it, with a newline at its end.</param>
internal sealed record PublishedFile(string Path, string Text)
{
    private const UnixFileMode Readable = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>
    /// Whether it has values that were made up for this one deployment, a line each: it is readable for its owner alone, and its lines are never
    /// replaced, since what was deployed with it knows these values. What an earlier version of the application did not need is added.
    /// </summary>
    public bool IsSecret { get; init; }

    /// <summary>Whether it is a program that is run as it is.</summary>
    public bool IsProgram { get; init; }

    /// <summary>Writes files into a folder, which is made if it is not there.</summary>
    public static async Task WriteAsync(IEnumerable<PublishedFile> files, string folder, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            var path = System.IO.Path.Combine(folder, file.Path);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            if (file.IsSecret && File.Exists(path))
            {
                await AddMissingAsync(file.Text, path, cancellationToken);
                continue;
            }

            if (OperatingSystem.IsWindows())
            {
                await File.WriteAllTextAsync(path, file.Text, cancellationToken);
                continue;
            }

            // Anew, so that nobody who had the old file open, or made it, gets to read or change this one.
            File.Delete(path);
            await using var writer = new StreamWriter(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (file.IsSecret ? 0 : Readable) | (file.IsProgram ? Executable : 0),
            });
            await writer.WriteAsync(file.Text.AsMemory(), cancellationToken);
        }
    }

    private static async Task AddMissingAsync(string text, string path, CancellationToken cancellationToken)
    {
        var present = await File.ReadAllTextAsync(path, cancellationToken);
        var names = present.Split('\n').Select(NameOf).ToHashSet();
        var missing = text.Split('\n').Where(line => NameOf(line).Length > 0 && !names.Contains(NameOf(line))).ToArray();
        if (missing.Length > 0)
        {
            await File.AppendAllTextAsync(path, $"{(present.EndsWith('\n') ? "" : "\n")}{string.Join('\n', missing)}\n", cancellationToken);
        }

        static string NameOf(string line) => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#') ? line.Split('=')[0].Trim() : "";
    }
}
