using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Forms;

namespace ScaleUp.Web.Pages.Articles;

/// <summary>Creates an article.</summary>
[RequireSignIn]
public sealed class NewModel(ArticlesClient client) : EditorPage(client)
{
    private readonly ArticlesClient _client = client;

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (article, problem) = await _client.CreateAsync(Draft, Key!, cancellationToken);
        return await FinishAsync(
            problem,
            "Saved as a draft. Only you can read it.",
            () => RedirectToPage("/Articles/Edit", new { article!.Slug }),
            cancellationToken);
    }

    public async Task<IActionResult> OnPostPublishAsync(CancellationToken cancellationToken)
    {
        var (article, problem) = await _client.CreateAsync(Draft, Key!, cancellationToken);
        if (problem is null)
        {
            (article, problem) = await _client.PublishAsync(article!.Slug, article.Version, SecondKey, cancellationToken);
        }

        return await FinishAsync(
            problem, "Published.", () => RedirectToPage("/Articles/Article", new { article!.Slug }), cancellationToken);
    }
}
