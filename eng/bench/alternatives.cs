// What eng/bench.sh compares ScaleUp with: "npgsql" is a minimal API that reads articles with plain Npgsql, "yarp" and "yarp-checks" are a
// reverse proxy. Usage: alternatives npgsql CONNECTION | alternatives yarp|yarp-checks BACKEND BACKEND (ASPNETCORE_URLS is the address)
#:sdk Microsoft.NET.Sdk.Web
#:property PublishAot=false
#:property NoWarn=$(NoWarn);CA1050
#:package Npgsql
#:package Yarp.ReverseProxy
using System.Text.Json.Serialization;
using Npgsql;
using Yarp.ReverseProxy.Configuration;

// The queries of ScaleUp.Api, with all that it reads.
const string ListQuery = """
    SELECT a.slug, a.title, a.summary, u.user_name, u.display_name, a.tags, a.published_at,
        (SELECT count(*)::int FROM comments c WHERE c.article_id = a.id AND c.hidden_at IS NULL), a.updated_at
    FROM articles a JOIN users u ON u.id = a.author_id
    WHERE a.status = 'Published' AND a.hidden_at IS NULL
    ORDER BY a.published_at DESC, a.id DESC LIMIT 21
    """;
const string ArticleQuery = """
    SELECT a.id, a.slug, a.title, a.summary, a.body, a.html, a.tags, u.user_name, u.display_name, lower(a.status),
        a.hidden_at IS NOT NULL, a.published_at, a.updated_at, a.version
    FROM articles a JOIN users u ON u.id = a.author_id
    WHERE a.slug = $1 AND a.status = 'Published' AND a.hidden_at IS NULL
    """;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
if (args is ["npgsql", var connection])
{
    builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, Contracts.Default));
    // ScaleUp.Api has the same pool size and prepares statements in the same way.
    var database = NpgsqlDataSource.Create($"{connection};Maximum Pool Size=20;Max Auto Prepare=100;No Reset On Close=true");
    var app = builder.Build();
    app.MapGet("/articles", async (CancellationToken cancellationToken) =>
    {
        await using var command = database.CreateCommand(ListQuery);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var items = new List<ListItem>();
        while (await row.ReadAsync(cancellationToken))
        {
            items.Add(new(row.GetString(0), row.GetString(1), row.GetString(2), new(row.GetString(3), row.GetString(4)),
                row.GetFieldValue<string[]>(5), row.GetFieldValue<DateTimeOffset>(6), row.GetInt32(7),
                row.GetFieldValue<DateTimeOffset>(8)));
        }

        return TypedResults.Ok(new Page(items, null));
    });
    app.MapGet("/articles/{slug}", async (string slug, CancellationToken cancellationToken) =>
    {
        await using var command = database.CreateCommand(ArticleQuery);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = slug });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return !await row.ReadAsync(cancellationToken) ? Results.NotFound() : TypedResults.Ok(new Details(
            row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
            row.GetFieldValue<string[]>(6), new(row.GetString(7), row.GetString(8)), row.GetString(9), row.GetBoolean(10),
            row.GetFieldValue<DateTimeOffset>(11), row.GetFieldValue<DateTimeOffset>(12), row.GetInt32(13)));
    });
    app.Run();
    return 0;
}

if (args is ["yarp" or "yarp-checks", _, _])
{
    var isChecked = args[0] == "yarp-checks";
    builder.Services.AddReverseProxy().LoadFromMemory(
        [new RouteConfig { RouteId = "all", ClusterId = "web", Match = new() { Path = "{**path}" } }],
        [new ClusterConfig
        {
            ClusterId = "web",
            LoadBalancingPolicy = "PowerOfTwoChoices",
            HealthCheck = !isChecked ? null : new()
            {
                Active = new()
                {
                    Enabled = true,
                    Interval = TimeSpan.FromSeconds(0.2),
                    Timeout = TimeSpan.FromSeconds(0.5),
                    Path = "/health",
                },
                Passive = new() { Enabled = true },
            },
            Destinations = args[1..].ToDictionary(address => address, address => new DestinationConfig { Address = address }),
        }]);
    var app = builder.Build();
    app.MapReverseProxy();
    app.Run();
    return 0;
}

Console.Error.WriteLine("usage: alternatives npgsql CONNECTION | alternatives yarp|yarp-checks BACKEND BACKEND");
return 2;

internal sealed record Author(string UserName, string DisplayName);

internal sealed record ListItem(
    string Slug, string Title, string Summary, Author Author, string[] Tags, DateTimeOffset PublishedAt, int CommentCount,
    DateTimeOffset UpdatedAt);

internal sealed record Page(IReadOnlyList<ListItem> Items, string? Next);

internal sealed record Details(
    Guid Id, string Slug, string Title, string Summary, string Markdown, string Html, string[] Tags, Author Author, string Status,
    bool IsHidden, DateTimeOffset PublishedAt, DateTimeOffset UpdatedAt, int Version);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Page))]
[JsonSerializable(typeof(Details))]
internal sealed partial class Contracts : JsonSerializerContext;
