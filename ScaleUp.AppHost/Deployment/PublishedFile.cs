namespace ScaleUp.AppHost.Deployment;

/// <summary>A file of a published form.</summary>
/// <param name="Path">Where it is in the form's folder.</param>
/// <param name="Text">What is in it, with a newline at its end.</param>
internal sealed record PublishedFile(string Path, string Text)
{
    private const UnixFileMode Readable = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>
    /// Whether it has values that were made up for this one deployment: it is written once, readable for its owner alone, and never
    /// replaced, since what was deployed with it knows these values.
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
}
