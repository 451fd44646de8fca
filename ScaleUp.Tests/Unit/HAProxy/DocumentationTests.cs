using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Every public type and member of the HAProxy integration has XML documentation.</summary>
public sealed class DocumentationTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] s_documented =
    [
        .. XDocument.Load(Path.ChangeExtension(typeof(HAProxySettings).Assembly.Location, ".xml")).Descendants("member")
            .Where(member => !string.IsNullOrWhiteSpace(member.Element("summary")?.Value) || member.Element("inheritdoc") is not null)
            .Select(member => member.Attribute("name")!.Value.Split('(')[0]),
    ];

    public static TheoryData<string> Types =>
    [
        .. typeof(HAProxySettings).Assembly.GetExportedTypes()
            .Where(type => type.Namespace?.StartsWith("Aspire.Hosting", StringComparison.Ordinal) == true)
            .Select(type => type.FullName!),
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_public_type_and_its_members_are_documented(string name)
    {
        var type = typeof(HAProxySettings).Assembly.GetType(name)!;

        Assert.Empty(Names(type).Except(s_documented));
    }

    [Fact]
    public void The_test_finds_the_public_types() => Assert.Superset(
        new HashSet<string>
        {
            "Aspire.Hosting.HAProxyBuilderExtensions",
            "Aspire.Hosting.ReplicaGroupBuilderExtensions",
            "Aspire.Hosting.ApplicationModel.HAProxyResource",
        },
        Types.Select(row => row.Data).ToHashSet());

    // The compiler's documentation IDs, https://learn.microsoft.com/dotnet/csharp/language-reference/xmldoc/.
    private static IEnumerable<string> Names(Type type)
    {
        // Excludes compiler-generated record members, and positional properties, which the record's <param> tags document.
        var positional = type.GetConstructors()
            .SelectMany(constructor => constructor.GetParameters())
            .Select(parameter => parameter.Name)
            .ToHashSet();
        return [
            $"T:{type.FullName}",
            .. type.GetProperties(Declared).Where(p => !positional.Contains(p.Name)).Select(p => $"P:{type.FullName}.{p.Name}"),
            .. type.GetFields(Declared).Select(field => $"F:{type.FullName}.{field.Name}"),
            .. type.GetMethods(Declared)
                .Where(m => !m.IsSpecialName && !m.IsDefined(typeof(CompilerGeneratedAttribute)) && m.GetBaseDefinition() == m)
                .Select(m => $"M:{type.FullName}.{m.Name}{(m.IsGenericMethod ? $"``{m.GetGenericArguments().Length}" : "")}"),
        ];
    }
}
