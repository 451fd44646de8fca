using System.Net;

namespace ScaleUp.Tests.Website;

/// <summary>A form submitted twice takes effect once, and input is never lost.</summary>
[Collection(nameof(WebServers))]
public sealed class FormTests(WebServers servers)
{
    [Fact]
    public async Task The_same_form_submitted_to_two_web_servers_creates_one_article()
    {
        using var user = await servers.NewUserAsync();
        using var elsewhere = new SiteVisitor(servers.B.Address, user.Cookies);
        var title = $"Once {Guid.NewGuid():n}";
        var form = (await user.GetAsync("/articles/new")).Form().With(("Title", title), ("Markdown", "Text."));

        var pages = await Task.WhenAll(user.SendAsync(form), elsewhere.SendAsync(form), user.SendAsync(form));

        Assert.All(pages, page => Assert.Equal("Saved as a draft. Only you can read it.", page.Notice));
        Assert.Single((await user.GetAsync("/writing")).Document.QuerySelectorAll("main strong"), e => e.TextContent == title);
    }

    [Fact]
    public async Task A_form_resubmitted_after_a_lost_response_is_stored_once()
    {
        using var user = await servers.NewUserAsync();
        var title = $"Lost {Guid.NewGuid():n}";
        var form = (await user.GetAsync("/articles/new")).Form()
            .With(("Title", title), ("Summary", "Kept."), ("Tags", "a, b"), ("Markdown", "Kept too."));

        servers.A.Outage.Kind = OutageKind.AnswerLost;
        var failed = await user.SendAsync(form);
        servers.A.Outage.Kind = OutageKind.None;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.Status);
        Assert.Equal("2", failed.Response.Headers.RetryAfter?.ToString());
        Assert.Contains("What you typed is still here", failed.Notice);
        Assert.Equal((title, "Kept.", "a, b", "Kept too."),
            (failed.Field("Title"), failed.Field("Summary"), failed.Field("Tags"), failed.Field("Markdown")));
        // The idempotency key distinguishes a resubmission from a second article.
        Assert.Equal(form.Key, failed.Form().Key);
        var saved = await user.SendAsync(failed.Form());
        Assert.Equal("Saved as a draft. Only you can read it.", saved.Notice);
        Assert.Single((await user.GetAsync("/writing")).Document.QuerySelectorAll("main strong"), e => e.TextContent == title);
    }

    [Fact]
    public async Task A_stored_form_cannot_be_submitted_again_with_other_text()
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/articles/new")).Form().With(("Title", $"First {Guid.NewGuid():n}"), ("Markdown", "First."));
        await user.SendAsync(form);

        var second = await user.SendAsync(form.With(("Markdown", "Second.")));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, second.Status);
        Assert.Contains("was used for a different request", second.Notice);
        Assert.Equal("Second.", second.Field("Markdown"));
        Assert.NotEqual(form.Key, second.Form().Key);
    }

    [Fact]
    public async Task Saving_over_an_outdated_version_overwrites_nothing_and_shows_both_texts()
    {
        using var user = await servers.NewUserAsync();
        var address = await user.PublishAsync(markdown: "The first text.");
        var old = (await user.GetAsync($"{address}/edit")).Form().With(("Markdown", "The text of the first tab."));
        await user.FillInAsync($"{address}/edit", "", ("Markdown", "The text of the second tab."));

        var conflict = await user.SendAsync(old);

        Assert.Equal(HttpStatusCode.PreconditionFailed, conflict.Status);
        Assert.Contains("The article has changed since you read it. Your change was not saved.", conflict.Notice);
        Assert.Equal("The text of the second tab.", conflict.Document.QuerySelector("pre.source")?.TextContent);
        Assert.Equal("The text of the first tab.", conflict.Field("Markdown"));
        Assert.Contains("The text of the second tab.", (await user.GetAsync(address)).Html);

        // Having seen both texts, the user may save.
        Assert.Equal("Saved.", (await user.SendAsync(conflict.Form())).Notice);
        Assert.Contains("The text of the first tab.", (await user.GetAsync(address)).Html);
    }

    [Fact]
    public async Task Errors_are_shown_at_their_field_and_other_input_is_kept()
    {
        using var visitor = servers.NewVisitor();
        var form = (await visitor.GetAsync("/register")).Form().With(("UserName", "a!"), ("DisplayName", "Ada"), ("Password", "short"));

        var page = await visitor.SendAsync(form);

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Equal(("a!", "Ada"), (page.Field("UserName"), page.Field("DisplayName")));
        Assert.Empty(page.Field("Password")!);
        Assert.Equal("true", page.Document.QuerySelector("#UserName")?.GetAttribute("aria-invalid"));
        Assert.StartsWith("A user name has 3 to 32", page.Document.QuerySelector("#UserName-error")?.TextContent);
        Assert.Equal("A password must have 12 to 128 characters.", page.Document.QuerySelector("#Password-error")?.TextContent);
        Assert.Null(page.Document.QuerySelector("#DisplayName-error"));
        Assert.NotEqual(form.Key, page.Form().Key);
    }

    [Theory]
    [InlineData("Idempotency-Key", "", "This form has expired")]
    [InlineData("Idempotency-Key", "two words", "A write needs an idempotency key")]
    public async Task A_tampered_form_is_refused_and_keeps_its_input(string field, string value, string reason)
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/articles/new")).Form().With(("Title", "Title"), ("Markdown", "Typed."));

        var page = await user.SendAsync(form.With((field, value)));

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains(reason, page.Notice);
        Assert.Equal("Typed.", page.Field("Markdown"));
        Assert.Contains("You have not written anything yet.", (await user.GetAsync("/writing")).Html);
    }

    [Fact]
    public async Task A_form_from_another_site_is_refused()
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/articles/new")).Form().With(("Title", "Forged"), ("Markdown", "Forged."));

        var page = await user.SendAsync(form.With(("__RequestVerificationToken", "forged")));

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("You have not written anything yet.", (await user.GetAsync("/writing")).Html);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Origin", "https://example.org", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "http://localhost:1", false)]
    [InlineData("Origin", "own", true)]
    public async Task A_form_submitted_from_another_origin_is_refused_even_with_a_valid_token(string header, string value, bool isTaken)
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/articles/new")).Form().With(("Title", $"Forged {Guid.NewGuid():n}"), ("Markdown", "Forged."));
        user.Http.DefaultRequestHeaders.Add(header, value == "own" ? servers.A.Address.GetLeftPart(UriPartial.Authority) : value);

        var page = await user.SendAsync(form);

        Assert.Equal(isTaken ? HttpStatusCode.OK : HttpStatusCode.BadRequest, page.Status);
        Assert.Equal(!isTaken,
            (await user.GetAsync("/writing")).Html.Contains("You have not written anything yet.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_planted_pair_of_antiforgery_tokens_is_refused()
    {
        using var user = await servers.NewUserAsync();
        using var attacker = servers.NewVisitor();
        using var attackersAccount = await servers.NewUserAsync();
        var fields = (await user.GetAsync("/articles/new")).Form().With(("Title", "Planted"), ("Markdown", "Planted."));
        foreach (var (from, address) in new[] { (attacker, "/sign-in"), (attackersAccount, "/account") })
        {
            var pair = (await from.GetAsync(address)).Document.QuerySelector(
                "main [name=__RequestVerificationToken]")!.GetAttribute("value")!;
            user.Cookies.Add(servers.A.Address,
                new Cookie("scaleup-form", from.Cookies.GetAllCookies().Single(c => c.Name == "scaleup-form").Value));

            var page = await user.SendAsync(fields.With(("__RequestVerificationToken", pair)));

            Assert.Equal(HttpStatusCode.BadRequest, page.Status);
            Assert.Equal("Planted.", page.Field("Markdown"));
            Assert.Contains("You have not written anything yet.", (await user.GetAsync("/writing")).Html);
        }
    }

    [Fact]
    public async Task A_form_submitted_after_the_session_ended_is_kept_until_the_user_signs_in_again()
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/articles/new")).Form().With(("Title", $"Kept {Guid.NewGuid():n}"), ("Markdown", "Typed."));
        await user.FillInAsync("/account/sessions", "Revoke");

        var page = await user.SendAsync(form);

        Assert.Equal(HttpStatusCode.Unauthorized, page.Status);
        Assert.Contains("Your session has ended", page.Notice);
        Assert.Equal("Typed.", page.Field("Markdown"));
        await user.SignInAsync(user.Name);
        // The old form is not valid for the new session; the form in the error page is.
        page = await user.SendAsync(page.Form());
        Assert.Contains("You have signed in or out since this form was shown.", page.Notice);
        Assert.Equal(("Typed.", form.Key), (page.Field("Markdown"), page.Form().Key));
        Assert.Equal("Saved as a draft. Only you can read it.", (await user.SendAsync(page.Form())).Notice);
    }
}
