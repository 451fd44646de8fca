using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Features;

namespace ScaleUp.Api.Errors;

/// <summary>What every request must keep to, whichever slice it is for.</summary>
internal static class RequestRules
{
    /// <summary>Bytes: an article of the greatest length, with every character written as an escape, and some room.</summary>
    private const long MaxBodySize = 1_000_000;

    /// <summary>Bytes that are read and thrown away, so that whoever sends them hears why, and not of a broken connection.</summary>
    private const long MaxRefusedSize = 16_000_000;

    public static void AddRequestRules(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxRefusedSize);
        builder.Services.AddValidation();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new CleanText.JsonConverter());
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        });
        // The reason is for the client, in development and in production.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>
    /// Refuses bodies that are too large by 413, and reads the others before the clock of the deadline starts: a slow client is not a slow database.
    /// </summary>
    public static void UseBodyLimit(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.Request.ContentLength > MaxBodySize)
        {
            throw new BadHttpRequestException($"The body has more than {MaxBodySize} bytes.", StatusCodes.Status413PayloadTooLarge);
        }

        // One that doesn't say its length is stopped when it gets there.
        if (context.Request.ContentLength is null && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodySize;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        body.Position = 0;
        context.Request.Body = body;
        await next(context);
    });
}
