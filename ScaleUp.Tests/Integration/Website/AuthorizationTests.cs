using System.Net;
using ScaleUp.Web.Caching;

namespace ScaleUp.Tests.Website;

/// <summary>The website refuses every operation that the visitor is not authorized for, even if requested without a page's form.</summary>
[Collection(nameof(WebServers))]
public sealed class AuthorizationTests(WebServers servers)
{
    [Theory]
    [InlineData("/writing")]
    [InlineData("/articles/new")]
    [InlineData("/articles/state-has-one-home/edit")]
    [InlineData("/account")]
    [InlineData("/account/sessions")]
    [InlineData("/admin/users")]
    public async Task Anonymous_visitors_are_redirected_to_sign_in(string address)
    {
        using var visitor = servers.NewVisitor();

        Assert.Equal("Sign in", (await visitor.GetAsync(address)).Heading);
    }

    [Fact]
    public async Task Drafts_and_withdrawn_articles_are_visible_only_to_their_author()
    {
        using var author = await servers.NewUserAsync();
        using var other = await servers.NewUserAsync();
        using var visitor = servers.NewVisitor();
        var draft = await author.FillInAsync("/articles/new", "", ("Title", $"Draft {Guid.NewGuid():n}"), ("Markdown", "Secret."));
        var address = draft.Response.RequestMessage!.RequestUri!.AbsolutePath.Replace("/edit", "", StringComparison.Ordinal);
        Assert.Contains("This is a draft. Only you can read it.", (await author.GetAsync(address)).Notice);
        await AssertHiddenAsync();

        await author.FillInAsync($"{address}/edit", "Publish");
        Assert.Contains("Secret.", (await visitor.GetAsync(address)).Html);
        await author.FillInAsync($"{address}/edit", "Withdraw");
        // The page that the visitor has seen may be served from the cache until it expires.
        await Task.Delay(AnonymousPageCachePolicy.Lifetime, TestContext.Current.CancellationToken);
        await AssertHiddenAsync();

        async Task AssertHiddenAsync()
        {
            Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(address)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"{address}/edit")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync(address)).Status);
        }
    }

    [Fact]
    public async Task Only_its_author_can_change_an_article()
    {
        using var author = await servers.NewUserAsync();
        using var other = await servers.NewUserAsync();
        var address = await author.PublishAsync(markdown: "Mine.");
        Assert.Equal(HttpStatusCode.Forbidden, (await other.GetAsync($"{address}/edit")).Status);
        var form = (await author.GetAsync($"{address}/edit")).Form();
        var foreign = (await other.GetAsync("/articles/new")).Form();

        foreach (var handler in new[] { "", "?handler=Publish", "?handler=Withdraw", "?handler=Delete" })
        {
            var forged = new SiteForm($"{address}/edit{handler}", form.Fields)
                .With(("__RequestVerificationToken", foreign.Fields["__RequestVerificationToken"]), ("Markdown", "Yours."),
                    ("Idempotency-Key", $"{Guid.NewGuid():n}"));
            Assert.Equal(HttpStatusCode.Forbidden, (await other.SendAsync(forged)).Status);
        }

        Assert.Contains("Mine.", (await author.GetAsync(address)).Html);
    }

    [Fact]
    public async Task Only_its_author_and_administrators_can_delete_a_comment()
    {
        using var author = await servers.NewUserAsync();
        using var other = await servers.NewUserAsync();
        var address = await author.PublishAsync();
        var page = await author.FillInAsync(address, "Comment", ("Markdown", "Mine."));
        var form = page.Form("DeleteComment");
        var forged = form.With(("__RequestVerificationToken",
            (await other.GetAsync(address)).Form("Comment").Fields["__RequestVerificationToken"]));
        Assert.Null((await other.GetAsync(address)).Document.QuerySelector("form[action*=DeleteComment]"));

        Assert.Equal(HttpStatusCode.Forbidden, (await other.SendAsync(forged)).Status);
        Assert.Single((await other.GetAsync(address)).Document.QuerySelectorAll(".comment"));

        Assert.Equal("The comment was deleted.", (await author.SendAsync(form)).Notice);
        Assert.Empty((await other.GetAsync(address)).Document.QuerySelectorAll(".comment"));
    }

    [Fact]
    public async Task Only_administrators_can_hide_and_block_with_immediate_effect()
    {
        using var author = await servers.NewUserAsync();
        using var administrator = await servers.NewAdministratorAsync();
        var address = await author.PublishAsync();
        await author.FillInAsync(address, "Comment", ("Markdown", "A comment."));
        var token = (await author.GetAsync(address)).Form("Comment").Fields["__RequestVerificationToken"];
        Assert.Equal(HttpStatusCode.Forbidden, (await author.GetAsync("/admin/users")).Status);
        string[] actions = [$"{address}?handler=Hide", $"{address}?handler=Show", "/admin/users?handler=Block",
            "/admin/users?handler=Unblock"];
        foreach (var action in actions)
        {
            var forged = new SiteForm(action, new()
            {
                ["Idempotency-Key"] = $"{Guid.NewGuid():n}",
                ["__RequestVerificationToken"] = token,
                ["Reason"] = "Because.",
                ["UserName"] = author.Name,
            });
            Assert.Equal(HttpStatusCode.Forbidden, (await author.SendAsync(forged)).Status);
        }

        using var reader = await servers.NewUserAsync();
        await administrator.FillInAsync(address, "HideComment", ("Reason", "Unkind."));
        Assert.Empty((await reader.GetAsync(address)).Document.QuerySelectorAll(".comment"));
        await administrator.FillInAsync(address, "Hide", ("Reason", "Unkind."));
        Assert.Equal(HttpStatusCode.NotFound, (await reader.GetAsync(address)).Status);
        await administrator.FillInAsync(address, "Show");
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync(address)).Status);

        var users = await administrator.GetAsync("/admin/users");
        var blocked = await administrator.SendAsync(users.Form("Block").With(("UserName", author.Name), ("Reason", "Unkind.")));
        Assert.Equal("The user is blocked and signed out everywhere.", blocked.Notice);
        Assert.False(await author.IsSignedInAsync());
        var refused = await author.SignInAsync(author.Name);
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Contains("This account was blocked by an administrator.", refused.Notice);
    }
}
