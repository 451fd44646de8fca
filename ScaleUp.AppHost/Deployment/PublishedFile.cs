namespace ScaleUp.AppHost.Deployment;

/// <summary>A file of a deployment target.</summary>
/// <param name="Path">The path relative to the target's folder.</param>
/// <param name="Text">The contents, ending in a newline.</param>
internal sealed record PublishedFile(string Path, string Text)
{
    private const UnixFileMode Readable = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>
    /// Whether the file contains secrets of this deployment, one per line. It is readable only for its owner. Existing lines are never
    /// overwritten, because deployed services use their values; lines that a new version needs are added.
    /// </summary>
    public bool IsSecret { get; init; }

    /// <summary>Whether the file gets execute permission.</summary>
    public bool IsExecutable { get; init; }

    /// <summary>Writes files into a folder, and creates it if necessary.</summary>
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

            // Create a new file, because an existing one may be owned or kept open by another user.
            File.Delete(path);
            var permissions = UnixFileMode.UserRead | UnixFileMode.UserWrite
                | (file.IsSecret ? 0 : Readable) | (file.IsExecutable ? Executable : 0);
            await using var writer = new StreamWriter(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = permissions,
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
