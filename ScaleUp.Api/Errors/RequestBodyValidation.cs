using System.Text.Json;
using System.Text.Json.Serialization;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Errors;

/// <summary>What every request's body must keep to, whichever slice it is for.</summary>
internal static class RequestBodyValidation
{
    public static void AddRequestBodyValidation(this WebApplicationBuilder builder)
    {
        builder.AddRequestValidation();
        builder.Services.AddValidation();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new NulRejectingStringConverter());
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        });
        // The reason is for the client, in development and in production.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }
}

/// <summary>Refuses JSON with a NUL in a text, which no column can hold; that it is UTF-8 is checked by the reader itself.</summary>
internal sealed class NulRejectingStringConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        return text?.Contains('\0', StringComparison.Ordinal) is true ? throw new JsonException("A text has a NUL in it.") : text;
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
