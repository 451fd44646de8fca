using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Caching;
using ScaleUp.Web.Users;

namespace ScaleUp.Web.Pages.Authors;

/// <summary>A user and their articles, newest first.</summary>
[OutputCache(PolicyName = AnonymousPageCachePolicy.Name)]
public sealed class AuthorModel(UsersClient users, ArticlesClient client) : PageModel
{
    /// <summary>The cursor of this page of the list; null on the first.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; set; }

    public Profile Profile { get; private set; } = null!;

    public Page<ArticleSummary> Articles { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromRoute] string userName, CancellationToken cancellationToken)
    {
        var profile = users.FindAsync(userName, cancellationToken);
        var articles = client.ListAsync(IndexModel.PageSize, After, cancellationToken, author: userName);
        await Task.WhenAll(profile, articles);
        if (await profile is not { } user || await articles is not { } page)
        {
            return NotFound();
        }

        (Profile, Articles) = (user, page);
        return Page();
    }
}
