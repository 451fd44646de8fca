using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Browsing;

/// <summary>The inspection detects every kind of fault.</summary>
[Integration]
public sealed class InspectionTests(Chromium chromium)
{
    [Theory]
    [InlineData("<img src='data:,'>", "image-alt")]
    [InlineData("<p style='color: #bbb'>Pale words.</p>", "color-contrast")]
    [InlineData("<input>", "label")]
    [InlineData("<div style='width: 3000px'>Wide.</div>", "wider than 1280 pixels")]
    [InlineData("<script>console.error('a complaint')</script>", "a complaint")]
    [InlineData("<meta http-equiv='Content-Security-Policy' content=\"style-src 'self'\"><p style='color: red'>Red.</p>",
        "Content Security Policy")]
    public async Task An_inspection_reports_each_kind_of_fault(string html, string fault)
    {
        var visitor = await Visitor.EnterAsync(await chromium.StartAsync(), new Uri("http://localhost"), Look.Desktop);
        await visitor.Page.SetContentAsync($"<!DOCTYPE html><html lang='en'><title>A page</title><main><h1>A page</h1>{html}</main>");

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => visitor.InspectAsync("00-faults"));

        Assert.Contains(fault, failure.Message);
        await visitor.Context.CloseAsync();
    }
}
