using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Host.Languages;

/// <summary>What the name at a place means, in words.</summary>
internal static class SymbolText
{
    private const int Overloads = 12;

    /// <summary>How a signature is written: names without their namespaces, members with their types.</summary>
    public static readonly SymbolDisplayFormat Signature = SymbolDisplayFormat.MinimallyQualifiedFormat
        .AddMemberOptions(SymbolDisplayMemberOptions.IncludeContainingType | SymbolDisplayMemberOptions.IncludeConstantValue
            | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeParameters)
        .AddKindOptions(SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeNamespaceKeyword)
        .AddParameterOptions(SymbolDisplayParameterOptions.IncludeDefaultValue);

    /// <summary>The signatures and the documentation of the symbol at a place; null where there is none.</summary>
    public static SymbolHelp? At(SyntaxNode root, SemanticModel model, int position, CancellationToken cancellation)
    {
        var symbols = SymbolsAt(root, model, position, cancellation);
        if (symbols.Count == 0)
        {
            return null;
        }
        var signatures = symbols.Take(Overloads).Select(SignatureOf).Distinct().ToList();
        if (symbols.Count > Overloads)
        {
            signatures.Add($"… and {symbols.Count - Overloads} more overloads");
        }
        var comment = symbols.Select(symbol => CommentOf(symbol, cancellation)).FirstOrDefault(c => c is not null);
        return new SymbolHelp(signatures, comment);
    }

    /// <summary>In short, what a name means that is about to be written at a place: a signature, and the summary below.</summary>
    /// <remarks>The editor's own service for this looks all names up anew for each one.</remarks>
    public static string OfName(string name, SyntaxNode root, SemanticModel model, int start, CancellationToken cancellation)
    {
        var dot = start == 0 ? default : root.FindToken(start - 1);
        ITypeSymbol? type = null;
        INamespaceOrTypeSymbol? container = null;
        if (dot.IsKind(SyntaxKind.DotToken) && Left(dot.Parent) is { } left)
        {
            container = model.GetSymbolInfo(left, cancellation).Symbol as INamespaceOrTypeSymbol;
            type = container is null ? model.GetTypeInfo(left, cancellation).Type : null;
        }
        var symbols = model.LookupSymbols(start, container ?? type, name, includeReducedExtensionMethods: true);
        if (symbols.Length == 0)
        {
            return "";
        }
        var more = symbols.Length == 1 ? "" : $" (and {symbols.Length - 1} more overloads)";
        var summary = CommentOf(symbols[0], cancellation)?.Summary;
        return SignatureOf(symbols[0]) + more + (summary is { Length: > 0 } ? "\n" + summary : "");
    }

    // A variable of a cell is a field of the cell's class to the compiler, and `var` its type as long as nobody asks.
    private static string SignatureOf(ISymbol symbol) => symbol switch
    {
        IFieldSymbol { ContainingType.IsScriptClass: true } field =>
            $"{field.Type.ToDisplayString(Signature.WithKindOptions(SymbolDisplayKindOptions.None))} {field.Name}",
        _ => symbol.ToDisplayString(Signature),
    };

    private static ExpressionSyntax? Left(SyntaxNode? node) => node switch
    {
        MemberAccessExpressionSyntax access => access.Expression,
        QualifiedNameSyntax qualified => qualified.Left,
        MemberBindingExpressionSyntax binding => binding.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>()?.Expression,
        _ => null,
    };

    /// <summary>The symbols that the name at a place stands for, or what is called there.</summary>
    public static List<ISymbol> SymbolsAt(SyntaxNode root, SemanticModel model, int position, CancellationToken cancellation)
    {
        position = Math.Clamp(position, 0, root.FullSpan.End);
        // A cursor stands between two characters: a name on either side is meant, the one on the right first.
        var token = root.FindToken(position);
        if (!token.IsKind(SyntaxKind.IdentifierToken) || !token.Span.Contains(position))
        {
            var before = position == 0 ? token : root.FindToken(position - 1);
            token = before.Span.End >= position ? before : token;
        }
        for (var node = token.Parent; node is not null; node = node.Parent)
        {
            // Within brackets, what is called is meant.
            var target = node switch
            {
                ArgumentListSyntax { Parent: InvocationExpressionSyntax call } when !IsName(token) => call.Expression,
                ArgumentListSyntax { Parent: { } made } when !IsName(token) => made,
                // A number, an operator, a bracket has no name of its own.
                ExpressionSyntax when !IsName(token) => null,
                _ => node,
            };
            var found = target is null ? [] : Of(model, target, cancellation);
            if (found.Count > 0)
            {
                return found;
            }
            if (IsName(token))
            {
                break;      // it stands for itself, or for nothing that is known
            }
        }
        return [];
    }

    private static bool IsName(SyntaxToken token) =>
        token.IsKind(SyntaxKind.IdentifierToken) || token.IsKeyword() || SyntaxFacts.IsPredefinedType(token.Kind());

    private static List<ISymbol> Of(SemanticModel model, SyntaxNode node, CancellationToken cancellation)
    {
        if (model.GetDeclaredSymbol(node, cancellation) is { } declared)
        {
            return [declared];
        }
        var info = model.GetSymbolInfo(node, cancellation);
        List<ISymbol> found = info.Symbol is { } symbol ? [symbol] : [.. info.CandidateSymbols];
        if (found.Count == 0)
        {
            found.AddRange(model.GetMemberGroup(node, cancellation));
        }
        // `new Thing(` means the constructor; `var` and the like mean their type.
        return found.Count > 0 || model.GetTypeInfo(node, cancellation).Type is not { TypeKind: not TypeKind.Error } type || node is not TypeSyntax
            ? found : [type];
    }

    /// <summary>What a symbol's documentation says, or that of what it stands in for; null where there is none.</summary>
    public static DocComment? CommentOf(ISymbol symbol, CancellationToken cancellation)
    {
        for (var (at, hops) = ((ISymbol?)(symbol as IMethodSymbol)?.ReducedFrom ?? symbol, 0); at is not null && hops < 8; hops++)
        {
            if (DocComment.Of(at.OriginalDefinition.GetDocumentationCommentXml(cancellationToken: cancellation)) is { } comment)
            {
                return comment;
            }
            at = at switch     // what it inherits its documentation from
            {
                IMethodSymbol { OverriddenMethod: { } method } => method,
                IPropertySymbol { OverriddenProperty: { } property } => property,
                IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => constructor.ContainingType,
                _ => InterfaceMember(at),
            };
        }
        return null;
    }

    private static ISymbol? InterfaceMember(ISymbol symbol) => symbol is not (IMethodSymbol or IPropertySymbol) ? null
        : symbol.ContainingType.AllInterfaces.SelectMany(i => i.GetMembers(symbol.Name)).FirstOrDefault(member =>
            SymbolEqualityComparer.Default.Equals(symbol.ContainingType.FindImplementationForInterfaceMember(member), symbol));
}
