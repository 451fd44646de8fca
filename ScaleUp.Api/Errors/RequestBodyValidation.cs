using System.Text.Json;
using System.Text.Json.Serialization;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Errors;

/// <summary>Validation of request bodies for all endpoints.</summary>
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
        // BadRequestHandler reports the reason to the client, in production too.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }
}

/// <summary>Rejects JSON strings that contain NUL, which PostgreSQL can't store; the JSON reader itself rejects invalid UTF-8.</summary>
internal sealed class NulRejectingStringConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        return text?.Contains('\0', StringComparison.Ordinal) is true
            ? throw new JsonException("A string contains a NUL character, which is not allowed.")
            : text;
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
