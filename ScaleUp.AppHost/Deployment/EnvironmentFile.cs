using System.Security.Cryptography;
using System.Text;

namespace ScaleUp.AppHost.Deployment;

/// <summary>Renders the parameters as environment variables: generated values are random, the others are empty.</summary>
internal static class EnvironmentFile
{
    // 190 bits with a length of 32, without special characters of connection strings and shells.
    private const string Characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int Length = 32;

    /// <param name="application">The application.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="comments">Additional comments, one or more whole lines.</param>
    public static PublishedFile Render(PublishedApplication application, string path, string comments = "")
    {
        var text = new StringBuilder("""
            # Contains secrets. Generated once; publishing again does not overwrite it, because running services use these values.

            """.ReplaceLineEndings("\n"));
        text.Append(comments);
        foreach (var parameter in application.Parameters)
        {
            text.Append($"{parameter.Variable}={(parameter.IsGenerated ? RandomNumberGenerator.GetString(Characters, Length) : "")}\n");
        }

        return new PublishedFile(path, text.ToString()) { IsSecret = true };
    }
}
