using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Caching;

namespace ScaleUp.Web.Pages.Tags;

/// <summary>All tags.</summary>
[OutputCache(PolicyName = AnonymousPageCachePolicy.Name)]
public sealed class TagsModel(ArticlesClient client) : PageModel
{
    public IReadOnlyList<Tag> Tags { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken) =>
        Tags = await client.ListTagsAsync(cancellationToken);
}
