using Aspire.Hosting.HAProxy;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The HAProxy integration can be copied into another AppHost.</summary>
public sealed class ArchitectureTests : IDisposable
{
    private readonly ModuleDefinition _appHost = ModuleDefinition.ReadModule(typeof(HAProxySettings).Assembly.Location);

    public void Dispose() => _appHost.Dispose();

    [Fact]
    public void The_integration_uses_nothing_of_the_application() =>
        AssertNone(Uses(user: IsOfIntegration, used: type => !IsOfIntegration(type)));

    [Fact]
    public void The_application_uses_only_public_members_of_the_integration() =>
        AssertNone(Uses(user: type => !IsOfIntegration(type), used: IsOfIntegration, isAllowed: IsPublic));

    [Fact]
    public void The_application_uses_the_integration() => Assert.NotEmpty(Uses(user: type => !IsOfIntegration(type), used: IsOfIntegration));

    private static void AssertNone(string[] uses) => Assert.True(uses.Length == 0, string.Join('\n', uses));

    private string[] Uses(Func<TypeDefinition, bool> user, Func<TypeDefinition, bool> used, Func<IMemberDefinition, bool>? isAllowed = null) =>
    [
        .. from type in _appHost.GetTypes()
           where IsSource(type) && user(type)
           from method in type.Methods
           where method.HasBody
           from instruction in method.Body.Instructions
           let member = Resolve(instruction)
           where member is not null
           let owner = member as TypeDefinition ?? member.DeclaringType
           where owner.Module == _appHost && IsSource(owner) && used(owner) && isAllowed?.Invoke(member) is not true
           select $"{method.FullName} uses {member.FullName}",
    ];

    private static IMemberDefinition? Resolve(Instruction instruction) => instruction.Operand switch
    {
        MethodReference method when IsLocal(method.DeclaringType) => method.Resolve(),
        FieldReference field when IsLocal(field.DeclaringType) => field.Resolve(),
        TypeReference type when IsLocal(type) => type.Resolve(),
        _ => null,
    };

    // Only the AppHost's own assembly: the others need not be found.
    private static bool IsLocal(TypeReference type) => type.GetElementType().Scope is ModuleDefinition;

    private static bool IsOfIntegration(TypeDefinition type) => Outermost(type).Namespace.StartsWith("Aspire.Hosting", StringComparison.Ordinal);

    // Without what compiler and source generators share among all types.
    private static bool IsSource(TypeDefinition type) => Outermost(type).Namespace is { Length: > 0 } name && !name.StartsWith("System.", StringComparison.Ordinal);

    private static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static bool IsPublic(IMemberDefinition member) => (member.DeclaringType is null || IsPublic(member.DeclaringType)) && member switch
    {
        MethodDefinition method => method.IsPublic,
        FieldDefinition field => field.IsPublic,
        TypeDefinition type => type.IsPublic || type.IsNestedPublic,
        _ => true,
    };
}
