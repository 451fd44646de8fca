using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScaleUp.Api.Errors;

/// <summary>
/// What no text column can hold is refused at the door, wherever it is: NUL, and bytes that are not UTF-8. Else it would be an
/// error of the database, deep in some slice, or be stored as something that nobody has sent.
/// </summary>
internal static class CleanText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Refuses addresses with such bytes by 400.</summary>
    public static void UseCleanAddresses(this IApplicationBuilder app) => app.Use((context, next) =>
        IsClean(context.Request.Path.Value) && IsClean(context.Request.QueryString.Value)
            ? next(context)
            : throw new BadHttpRequestException("The address has a NUL in it, or bytes that are not UTF-8."));

    private static bool IsClean(string? encoded)
    {
        if (encoded is null || !encoded.AsSpan().ContainsAny('%', '\0'))
        {
            return true;
        }

        try
        {
            return !s_strict.GetString(WebUtility.UrlDecodeToBytes(s_strict.GetBytes(encoded), 0, s_strict.GetByteCount(encoded))).Contains('\0', StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Refuses JSON with a NUL in a text; that it is UTF-8 is checked by the reader itself.</summary>
    internal sealed class JsonConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.GetString();
            return text?.Contains('\0', StringComparison.Ordinal) is true ? throw new JsonException("A text has a NUL in it.") : text;
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
