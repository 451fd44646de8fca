using System.Security.Cryptography;
using System.Text;

namespace ScaleUp.AppHost.Deployment;

/// <summary>The values of the parameters, a line each: made up once where any will do, and left to fill in where not.</summary>
internal static class EnvironmentFile
{
    // 190 bits, without characters that a connection string or a shell would take for something else.
    private const string Characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int Length = 32;

    /// <param name="application">What is deployed.</param>
    /// <param name="path">The file.</param>
    /// <param name="more">What else its reader should know, as comments.</param>
    public static PublishedFile Render(PublishedApplication application, string path, string more = "")
    {
        var text = new StringBuilder("# Made once, and not again when the application is published again: what runs knows these values. Keep it to yourself.\n");
        text.Append(more);
        foreach (var parameter in application.Parameters)
        {
            text.Append($"{parameter.Variable}={(parameter.IsGenerated ? RandomNumberGenerator.GetString(Characters, Length) : "")}\n");
        }

        return new PublishedFile(path, text.ToString()) { IsSecret = true };
    }
}
