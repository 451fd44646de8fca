using System.Text.RegularExpressions;

namespace ScaleUp.Tests.Template;

/// <summary>A generated solution uses its own name everywhere, in a valid form.</summary>
[Collection(nameof(TemplatePackage))]
public sealed partial class NameTests(TemplatePackage template)
{
    /// <summary>
    /// The name given to <c>dotnet new</c>, and its forms: on pages, as a namespace, as the database context, and in lower case for the
    /// database, volumes, cookies and images.
    /// </summary>
    public static TheoryData<string, string, string, string, string> Names => new()
    {
        { "MyShop", "MyShop", "MyShop", "MyShopDbContext", "myshop" },
        { "my-shop", "my-shop", "MyShop", "MyShopDbContext", "myshop" },
        { "My.Shop", "My.Shop", "My.Shop", "MyShopDbContext", "myshop" },
        { "My HTTP Shop & Co.", "My HTTP Shop Co.", "MyHTTPShopCo", "MyHTTPShopCoDbContext", "myhttpshopco" },
        { "3.2shops", "3.2shops", "App3.App2Shops", "App3App2ShopsDbContext", "app32shops" },
        { "Web", "Web", "WebApp", "WebAppDbContext", "webapp" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_name_has_a_valid_form_in_every_place(string name, string text, string space, string context, string lower)
    {
        var solution = await template.CreateAsync(name);

        Assert.Equal(space, solution.Namespace);
        Assert.StartsWith($"# {text}\n\n{text} is a small website", solution.Read("README.md").ReplaceLineEndings("\n"));
        Assert.Contains($">{text}</a>", solution.Read($"{space}.Web/Pages/Shared/_Layout.cshtml"));
        Assert.Contains($"class {context}(", solution.Read($"{space}.Api/Data/{context}.cs"));
        Assert.Contains($"\"{lower}-session\"", solution.Read($"{space}.Web/Sessions/SessionCookie.cs"));
        Assert.Contains($"AddDatabase(\"{lower}\", ", solution.Read($"{space}.AppHost/AppHost.cs"));
        Assert.Contains($"Projects.{space.Replace('.', '_')}_Web>", solution.Read($"{space}.AppHost/AppHost.cs"));
        Assert.Contains($"[\"Postgres:Volume\"] = \"{lower}-data\"", solution.Read($"{space}.AppHost/TopologyOptionsReader.cs"));
        Assert.Contains($"image: \"${{REGISTRY:-}}{lower}-web:", solution.Read($"{space}.Tests/Unit/Deployment/Approved/compose/compose.yaml"));
        Assert.Contains($"\"{lower.ToUpperInvariant()}_CHROMIUM\"", solution.Read($"{space}.Tests/Browser/Chromium.cs"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_name_ScaleUp_does_not_occur(string name, string text, string space, string context, string lower)
    {
        _ = (text, space, context, lower);
        var solution = await template.CreateAsync(name);

        Assert.DoesNotContain(solution.Files, path => path.Contains("scaleup", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(solution.Files.SelectMany(path => solution.Read(path).Split('\n')
            .Where(line => line.Contains("scaleup", StringComparison.OrdinalIgnoreCase)).Select(line => $"{path}: {line}")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Namespaces_begin_with_the_namespace_form_and_sentences_do_not_use_it(
        string name, string text, string space, string context, string lower)
    {
        _ = (context, lower);
        var solution = await template.CreateAsync(name);

        var namespaces = solution.FilesOf(".cs")
            .Where(path => !path.StartsWith("eng/", StringComparison.Ordinal))
            .SelectMany(path => Namespaces().Matches(solution.Read(path)))
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .ToArray();
        Assert.Contains($"{space}.Api.Articles", namespaces);
        Assert.All(namespaces, found => Assert.True(
            found.StartsWith($"{space}.", StringComparison.Ordinal) || found.StartsWith("Aspire.Hosting", StringComparison.Ordinal),
            found));
        if (text != space)
        {
            // At the end of a sentence, the template could mistake the name and the period for the beginning of a namespace.
            var ending = new Regex($@"(?<!\w){Regex.Escape(space)}\.(?![\w\\])");
            Assert.DoesNotContain(solution.Files, path => ending.IsMatch(solution.Read(path)));
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespaces();
}
