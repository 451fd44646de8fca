using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScaleUp.Api.Errors;

/// <summary>What every request must keep to, whichever slice it is for.</summary>
internal static class RequestRules
{
    /// <summary>Bytes: an article of the greatest length, with every character written as an escape, and some room.</summary>
    private const long MaxBodySize = 1_000_000;

    public static void AddRequestRules(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBodySize);
        builder.Services.AddValidation();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new CleanText.JsonConverter());
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        });
        // The reason is for the client, in development and in production.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }
}
