namespace ScaleUp.AppHost;

/// <summary>Text files in this assembly.</summary>
internal static class EmbeddedFile
{
    /// <summary>Reads a file.</summary>
    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(EmbeddedFile).Assembly.GetManifestResourceStream($"ScaleUp.AppHost.{name}")!);
        return reader.ReadToEnd();
    }
}
