using Lectern.Host.Engine;
using Lectern.Host.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Lectern.Host.Languages;

/// <summary>A place in a file, or in one of a notebook's cells.</summary>
/// <param name="File">The file; null for a cell.</param>
/// <param name="Cell">The cell, as a number among those above the one that was asked from; as many as these for that cell itself.</param>
/// <param name="Lines">Lines and columns, from 0.</param>
internal sealed record Place(string? File, int Cell, LinePositionSpan Lines);

/// <summary>Where the kit's own sources declare what its assemblies have.</summary>
/// <remarks>The sources are in every checkout, so no debugging symbols are asked: a file is read when it holds the name.</remarks>
internal static class SourcePlaces
{
    /// <summary>The declaration of a symbol of the kit; null for others, and where the sources have it no more.</summary>
    public static Place? Of(ISymbol symbol, CancellationToken cancellation)
    {
        symbol = (symbol as IMethodSymbol)?.ReducedFrom ?? symbol;
        symbol = symbol is IMethodSymbol { MethodKind: MethodKind.Constructor, IsImplicitlyDeclared: true } ? symbol.ContainingType : symbol.OriginalDefinition;
        var type = symbol as INamedTypeSymbol ?? symbol.ContainingType;
        if (type is null || symbol.ContainingAssembly is not { Name: { } assembly }
            || !KitReferences.Assemblies.Any(own => own.GetName().Name == assembly))
        {
            return null;
        }
        var files = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.cs", SearchOption.AllDirectories);
        Place? inType = null;
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            var code = File.ReadAllText(file);
            if (!code.Contains(type.Name, StringComparison.Ordinal))
            {
                continue;
            }
            var root = CSharpSyntaxTree.ParseText(code, cancellationToken: cancellation).GetRoot(cancellation);
            foreach (var declared in root.DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Where(node => IsOf(node, type)))
            {
                if (SymbolEqualityComparer.Default.Equals(symbol, type))
                {
                    return At(file, declared.Identifier);
                }
                if (MemberOf(declared, symbol) is { } member)
                {
                    return At(file, member);
                }
                inType ??= At(file, declared.Identifier);
            }
        }
        return inType;
    }

    private static Place At(string file, SyntaxToken name) => new(file, 0, name.GetLocation().GetLineSpan().Span);

    private static bool IsOf(BaseTypeDeclarationSyntax node, INamedTypeSymbol type)
    {
        if (node.Identifier.Text != type.Name || ((node as TypeDeclarationSyntax)?.TypeParameterList?.Parameters.Count ?? 0) != type.Arity)
        {
            return false;
        }
        return type.ContainingType is { } outer
            ? node.Parent is BaseTypeDeclarationSyntax around && IsOf(around, outer)
            : node.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString() == type.ContainingNamespace.ToDisplayString();
    }

    // Overloads are told apart by how many parameters they have and what these are called.
    private static SyntaxToken? MemberOf(BaseTypeDeclarationSyntax type, ISymbol symbol)
    {
        List<string> names = symbol is IMethodSymbol method ? [.. method.Parameters.Select(parameter => parameter.Name)] : [];
        bool Fits(ParameterListSyntax? list) => names.SequenceEqual(list?.Parameters.Select(parameter => parameter.Identifier.ValueText) ?? []);
        var members = (type as TypeDeclarationSyntax)?.Members ?? [];
        return symbol switch
        {
            IMethodSymbol { MethodKind: MethodKind.Constructor } =>
                members.OfType<ConstructorDeclarationSyntax>().Where(node => Fits(node.ParameterList)).Select(node => (SyntaxToken?)node.Identifier).FirstOrDefault()
                ?? ((type as TypeDeclarationSyntax)?.ParameterList is { } primary && Fits(primary) ? type.Identifier : null),
            IMethodSymbol => members.OfType<MethodDeclarationSyntax>().Where(node => node.Identifier.ValueText == symbol.Name && Fits(node.ParameterList))
                .Select(node => (SyntaxToken?)node.Identifier).FirstOrDefault(),
            IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } => ((EnumDeclarationSyntax)type).Members
                .Where(node => node.Identifier.ValueText == symbol.Name).Select(node => (SyntaxToken?)node.Identifier).FirstOrDefault(),
            IFieldSymbol or IEventSymbol => members.OfType<BaseFieldDeclarationSyntax>().SelectMany(node => node.Declaration.Variables)
                .Where(node => node.Identifier.ValueText == symbol.Name).Select(node => (SyntaxToken?)node.Identifier).FirstOrDefault(),
            _ => members.OfType<PropertyDeclarationSyntax>().Where(node => node.Identifier.ValueText == symbol.Name).Select(node => (SyntaxToken?)node.Identifier)
                // A record's property is one of its parameters.
                .Concat((type as TypeDeclarationSyntax)?.ParameterList?.Parameters.Where(node => node.Identifier.ValueText == symbol.Name)
                    .Select(node => (SyntaxToken?)node.Identifier) ?? []).FirstOrDefault(),
        };
    }
}
