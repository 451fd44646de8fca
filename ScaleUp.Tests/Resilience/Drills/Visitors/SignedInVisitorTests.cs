using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>Visitors must not cause refusals themselves: they submit an edit only with the current version.</summary>
public sealed class SignedInVisitorTests : IAsyncLifetime
{
    private readonly string _ledgerFile = Path.Combine(Path.GetTempPath(), $"scaleup-visitor-{Guid.NewGuid():n}.jsonl");
    private readonly Marker _marker = Marker.NewRun();
    private SmallWebsite _website = null!;
    private Ledger _ledger = null!;
    private SignedInVisitor _visitor = null!;

    public async ValueTask InitializeAsync()
    {
        _website = await SmallWebsite.StartAsync();
        _ledger = new Ledger(_ledgerFile);
        _visitor = await SignedInVisitor.RegisterAsync(
            BrowserClient.Open(_website.Address, ipv6First: false), "ada", _marker, _ledger, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_edit_needs_an_open_form_and_each_form_is_submitted_once()
    {
        await _visitor.OpenEditFormAsync();
        Answer[] answers = [await _visitor.EditAsync(), await _visitor.EditAsync()];

        Assert.All(answers, answer => Assert.Equal(Outcome.Good, answer.Outcome));
        Assert.StartsWith("edit of ", answers[0].Target);
        Assert.StartsWith("comment on ", answers[1].Target);
    }

    [Fact]
    public async Task An_edit_keeps_the_existing_text()
    {
        for (var i = 0; i < 3; i++)
        {
            await _visitor.OpenEditFormAsync();
            await _visitor.EditAsync();
        }

        var comparison = LedgerComparison.Of(Ledger.Read(_ledgerFile), _website.Count(_marker));
        Assert.Equal(4, comparison.Acknowledged);
        Assert.Empty(comparison.Lost);
    }

    [Fact]
    public async Task A_form_that_arrives_during_another_submission_is_discarded()
    {
        await _visitor.OpenEditFormAsync();
        var wait = new TaskCompletionSource();
        _website.FormsWait = wait.Task;
        var opening = _visitor.OpenEditFormAsync();
        Assert.StartsWith("edit of ", (await _visitor.EditAsync()).Target);
        wait.SetResult();
        await opening;

        Assert.StartsWith("comment on ", (await _visitor.EditAsync()).Target);
    }

    [Fact]
    public async Task A_stale_copy_of_a_form_is_not_submitted()
    {
        _website.ShowsCopies = true;

        Assert.Equal(Outcome.Copy, (await _visitor.OpenEditFormAsync()).Outcome);
        Assert.StartsWith("comment on ", (await _visitor.EditAsync()).Target);
    }

    public async ValueTask DisposeAsync()
    {
        _visitor?.Dispose();
        _ledger?.Dispose();
        await (_website?.DisposeAsync() ?? ValueTask.CompletedTask);
        File.Delete(_ledgerFile);
    }
}
