using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Text;

/// <summary>
/// Renders stored texts again after an update of the renderer, on one replica at a time. Until then, each read renders them. It keeps
/// running because servers of the earlier version may still write texts during a rolling update.
/// </summary>
internal sealed partial class StoredHtmlRefresher(
    IServiceScopeFactory scopes, MigrationState schema, TimeProvider clock, ILogger<StoredHtmlRefresher> logger) : BackgroundService
{
    /// <summary>Id of the advisory lock; unique among the locks of this database.</summary>
    internal const long LockKey = 0x7E87;

    private const int BatchSize = 20;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (schema.IsApplied && await RefreshAsync(stoppingToken) is > 0 and var texts)
                {
                    LogRefreshed(texts);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }
        }
    }

    /// <summary>Renders all texts whose HTML is outdated.</summary>
    /// <returns>The number of rendered texts.</returns>
    internal async Task<int> RefreshAsync(CancellationToken cancellationToken)
    {
        for (var total = 0; ;)
        {
            await using var scope = scopes.CreateAsyncScope();
            var database = scope.ServiceProvider.GetRequiredService<ScaleUpDbContext>();
            await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
            if (!await database.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({LockKey}) AS \"Value\"")
                .SingleAsync(cancellationToken))
            {
                return total;
            }

            var texts = await RefreshArticlesAsync(database, cancellationToken) + await RefreshCommentsAsync(database, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (texts == 0)
            {
                return total;
            }

            total += texts;
        }
    }

    // Skips articles whose text was changed in between, because saving rendered them.
    private static async Task<int> RefreshArticlesAsync(ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var articles = await database.Articles
            .Where(a => a.RendererVersion < MarkdownRenderer.Version).OrderBy(a => a.RendererVersion).Take(BatchSize)
            .Select(a => new { a.Id, a.Body, a.PlainText }).ToListAsync(cancellationToken);
        foreach (var article in articles)
        {
            var (html, plainText) = MarkdownRenderer.TryRender(article.Body, TextKind.Article, out var text)
                ? (text.Html, text.PlainText)
                : (MarkdownRenderer.RenderStored(article.Body, TextKind.Article), article.PlainText);
            await database.Articles.Where(a => a.Id == article.Id && a.Body == article.Body).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.Html, html).SetProperty(a => a.PlainText, plainText)
                    .SetProperty(a => a.RendererVersion, MarkdownRenderer.Version),
                cancellationToken);
        }

        return articles.Count;
    }

    private static async Task<int> RefreshCommentsAsync(ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var comments = await database.Comments
            .Where(c => c.RendererVersion < MarkdownRenderer.Version).OrderBy(c => c.RendererVersion).Take(BatchSize)
            .Select(c => new { c.Id, c.Body }).ToListAsync(cancellationToken);
        foreach (var comment in comments)
        {
            var html = MarkdownRenderer.RenderStored(comment.Body, TextKind.Comment);
            await database.Comments.Where(c => c.Id == comment.Id).ExecuteUpdateAsync(
                set => set.SetProperty(c => c.Html, html).SetProperty(c => c.RendererVersion, MarkdownRenderer.Version), cancellationToken);
        }

        return comments.Count;
    }

    [LoggerMessage(LogLevel.Information, "Rendered {Texts} stored texts with the current renderer.")]
    private partial void LogRefreshed(int texts);

    [LoggerMessage(LogLevel.Warning, "Rendering stored texts failed; the next run retries.")]
    private partial void LogFailed(Exception exception);
}
