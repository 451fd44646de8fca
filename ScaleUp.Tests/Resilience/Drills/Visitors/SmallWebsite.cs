using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>
/// An in-process website with ScaleUp's addresses and forms, to test the drills' visitors without a topology and with faults that a
/// topology should never have.
/// </summary>
internal sealed class SmallWebsite : IAsyncDisposable
{
    private const string KeyName = "Idempotency-Key";

    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, string> _answered = [];
    private readonly ConcurrentDictionary<string, (int Version, string Text)> _articles = [];
    private readonly ConcurrentQueue<string> _comments = [];
    private readonly ConcurrentDictionary<(string Page, string Server), bool> _made = [];
    private int _writes;
    private int _requests;

    private SmallWebsite()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Use((context, next) =>
        {
            var server = ServerOf(Interlocked.Increment(ref _requests));
            context.Response.Headers["X-Served-By"] = $"lb-1, {server}";
            _made[($"{context.Request.Path}{context.Request.QueryString}", server)] = true;
            return next();
        });
        _server.MapGet("/", () => Page("""<a href="/articles/new">Write</a><a href="/articles/one">One</a><a href="/articles/one#comments">2 comments</a><a href="/authors/ada">Ada</a><a href="/?after=x" rel="next">Older</a>"""));
        _server.MapGet("/tags", () => Page("""<a href="/tags/retries">retries</a>"""));
        _server.MapGet("/articles/new", () => Form("/articles/new?handler=Publish", "Title", "Markdown"));
        _server.MapGet("/articles/{slug}", () => Page("an article"));
        _server.MapGet("/articles/{slug}/edit", async (string slug, HttpContext context) =>
        {
            var form = Form(context.Request.Path, _articles[slug].Text, _articles[slug].Version);
            if (ShowsCopies)
            {
                context.Response.Headers["X-Stale"] = "true";
            }

            await FormsWait;
            return form;
        });
        _server.MapGet("/register", () => Form("/register", "UserName", "DisplayName", "Password"));
        _server.MapFallback(() => Page("something"));
        _server.MapPost("/register", (HttpContext context) =>
        {
            context.Response.Cookies.Append("scaleup-session", context.Request.Form["UserName"]!);
            return Results.Redirect("/");
        });
        _server.MapPost("/articles/new", context => WriteAsync(context, form =>
        {
            var slug = form["Title"].ToString().Split(' ')[^1];
            _articles[slug] = (1, form["Markdown"]!);
            return $"/articles/{slug}";
        }));
        _server.MapPost("/articles/{slug}", context => WriteAsync(context, form =>
        {
            _comments.Enqueue(form["Markdown"]!);
            return $"{context.Request.Path}#comments";
        }));
        _server.MapPost("/articles/{slug}/edit", context => WriteAsync(context, form =>
        {
            var (slug, version) = (context.Request.RouteValues["slug"]!.ToString()!,
                int.Parse(form["Version"]!, System.Globalization.CultureInfo.InvariantCulture));
            return _articles.TryUpdate(slug, (version + 1, form["Markdown"]!), (version, _articles[slug].Text))
                ? $"/articles/{slug}" : null;
        }));
    }

    /// <summary>Whether a write, by number from 1, is refused with 503 before it is stored.</summary>
    public Predicate<int> IsAway { get; set; } = _ => false;

    /// <summary>Whether a write is answered with 503 after it has been stored.</summary>
    public Predicate<int> DiesAfterwards { get; set; } = _ => false;

    /// <summary>Whether a write is acknowledged but not stored.</summary>
    public Predicate<int> Forgets { get; set; } = _ => false;

    /// <summary>The server that answers a request, by number from 1.</summary>
    public Func<int, string> ServerOf { get; set; } = _ => "web-1";

    /// <summary>The requests so far, with their servers.</summary>
    public IReadOnlySet<(string Page, string Server)> Made => _made.Keys.ToHashSet();

    /// <summary>Whether resubmissions are recognized by their idempotency key.</summary>
    public bool KnowsKeys { get; set; } = true;

    /// <summary>Delays forms to edit an article until this task completes; their content is that at the time of the request.</summary>
    public Task FormsWait { get; set; } = Task.CompletedTask;

    /// <summary>Whether forms to edit an article are marked as stale copies.</summary>
    public bool ShowsCopies { get; set; }

    public Uri Address => new(_server.Urls.First());

    /// <summary>Counts the occurrences of each marker in the stored texts.</summary>
    public IReadOnlyDictionary<string, int> Count(Marker marker) => _comments.Concat(_articles.Values.Select(article => article.Text))
        .SelectMany(marker.FindIn).CountBy(found => found).ToDictionary();

    public static async Task<SmallWebsite> StartAsync()
    {
        var website = new SmallWebsite();
        await website._server.StartAsync();
        return website;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task WriteAsync(HttpContext context, Func<IFormCollection, string?> store)
    {
        var form = await context.Request.ReadFormAsync();
        var (number, key) = (Interlocked.Increment(ref _writes), form[KeyName].ToString());
        // The key must come first, where load balancers expect it.
        if (form.Keys.First() != KeyName || form["__RequestVerificationToken"] != "token" || IsAway(number))
        {
            Refuse(context);
            return;
        }

        if (!KnowsKeys || !_answered.TryGetValue(key, out var location))
        {
            location = Forgets(number) ? context.Request.Path.Value : store(form);
            if (location is null)
            {
                context.Response.StatusCode = 412;
                return;
            }

            _answered[key] = location;
        }

        if (DiesAfterwards(number))
        {
            Refuse(context);
            return;
        }

        // Redirect to the written article, even for a lost write.
        context.Response.Redirect(location == "/articles/new" ? "/articles/forgotten" : location!);
    }

    private static void Refuse(HttpContext context)
    {
        context.Response.StatusCode = 503;
        context.Response.Headers.RetryAfter = "1";
    }

    private static IResult Form(string action, params string[] fields) =>
        Page($"""<form method="post" action="{action}">{Hidden}{string.Concat(fields.Select(field => $"""<input name="{field}">"""))}</form>""");

    private static IResult Form(string action, string text, int version) => Page($"""
        <form method="post" action="{action}">{Hidden}<input type="hidden" name="Version" value="{version}"><input name="Title" value="A &amp; B">
        <textarea name="Markdown">{WebUtility.HtmlEncode(text)}</textarea></form>
        """);

    private static string Hidden => $"""<input type="hidden" name="{KeyName}" value="{Guid.NewGuid():n}"><input type="hidden" name="__RequestVerificationToken" value="token">""";

    private static IResult Page(string body) => Results.Content($"<!DOCTYPE html><title>Small</title>{body}", "text/html");
}
