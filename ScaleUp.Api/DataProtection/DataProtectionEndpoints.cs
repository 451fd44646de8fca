using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.Paging;

namespace ScaleUp.Api.DataProtection;

/// <summary>A data-protection key, as web servers write and read it.</summary>
public sealed record StoredKey
{
    internal const int MaxNameLength = 200;

    /// <summary>The key's name, unique; at most 200 characters.</summary>
    /// <example>key-5f0c1f1e-7a52-4cf5-a9f0-3b4f0c1a2d3e</example>
    [OneLine(MaxNameLength)]
    public string FriendlyName { get; init; } = "";

    /// <summary>The key as XML, at most 20,000 characters.</summary>
    /// <example>&lt;key id="5f0c1f1e-7a52-4cf5-a9f0-3b4f0c1a2d3e" version="1" /&gt;</example>
    [Required(ErrorMessage = "The key's XML is required.")]
    [MaxLength(20_000, ErrorMessage = "The key's XML must have at most 20,000 characters.")]
    public string Xml { get; init; } = "";
}

internal static class DataProtectionEndpoints
{
    public static void MapDataProtection(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/internal/data-protection-keys").WithTags("Internal").RequireAuthorization(ServiceKeyHandler.Policy)
            .WithoutIdempotencyKey().ProducesProblem(StatusCodes.Status401Unauthorized);
        keys.MapGet("/", ListAsync).WithName("ListDataProtectionKeys").WithSummary("Lists the keys that the web servers share.");
        keys.MapPost("/", AddAsync).WithName("AddDataProtectionKey").WithSummary("Adds a key unless one with the same name exists.");
    }

    private static async Task<Ok<ItemList<StoredKey>>> ListAsync(ScaleUpDbContext database, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemList<StoredKey>(await database.Set<DataProtectionKey>()
            .OrderBy(k => k.CreatedAt).ThenBy(k => k.FriendlyName)
            .Select(k => new StoredKey { FriendlyName = k.FriendlyName, Xml = k.Xml }).ToListAsync(cancellationToken)));

    private static async Task<NoContent> AddAsync(
        StoredKey key, ScaleUpDbContext database, TimeProvider clock, CancellationToken cancellationToken)
    {
        await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO data_protection_keys (friendly_name, xml, created_at)
            VALUES ({key.FriendlyName}, {key.Xml}, {clock.Now()}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
        return TypedResults.NoContent();
    }
}
