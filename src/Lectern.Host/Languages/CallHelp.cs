using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Host.Languages;

/// <summary>What could be called where a call is being written.</summary>
/// <param name="Signatures">The overloads.</param>
/// <param name="Signature">The one that fits what is written so far.</param>
/// <param name="Parameter">The parameter at the place; beyond the last where there are too many arguments.</param>
internal sealed record CallHelp(IReadOnlyList<CallSignature> Signatures, int Signature, int Parameter)
{
    /// <summary>The call whose brackets are around a place; null where there is none.</summary>
    public static CallHelp? At(SyntaxNode root, SemanticModel model, int position, CancellationToken cancellation)
    {
        position = Math.Clamp(position, 0, root.FullSpan.End);
        var around = position == 0 ? null : root.FindToken(position - 1).Parent?.AncestorsAndSelf().OfType<BaseArgumentListSyntax>()
            .FirstOrDefault(list => list.SpanStart < position
                && (list.GetLastToken(includeZeroWidth: true) is { IsMissing: true } || position < list.Span.End));
        var called = around?.Parent switch
        {
            InvocationExpressionSyntax call => model.GetMemberGroup(call.Expression, cancellation),
            BaseObjectCreationExpressionSyntax made => [.. (model.GetTypeInfo(made, cancellation).Type as INamedTypeSymbol)?.InstanceConstructors ?? []],
            ElementAccessExpressionSyntax access => [.. (model.GetTypeInfo(access.Expression, cancellation).Type?.GetMembers() ?? []).OfType<IPropertySymbol>().Where(p => p.IsIndexer)],
            _ => [],
        };
        List<ISymbol> overloads = [.. called.Where(symbol => symbol.DeclaredAccessibility == Accessibility.Public || symbol.Locations.Any(l => l.IsInSource))
            .OrderBy(symbol => ParametersOf(symbol).Length)];
        if (overloads.Count == 0)
        {
            return null;
        }
        var arguments = around!.Arguments;
        var index = arguments.GetSeparators().Count(comma => comma.Span.End <= position);
        var info = model.GetSymbolInfo(around.Parent!, cancellation);
        var chosen = overloads.FindIndex(symbol => SymbolEqualityComparer.Default.Equals(symbol, info.Symbol));
        if (chosen < 0)
        {
            chosen = Math.Max(0, overloads.FindIndex(symbol =>
                ParametersOf(symbol).Length > index || ParametersOf(symbol).LastOrDefault() is { IsParams: true }));
        }
        var parameters = ParametersOf(overloads[chosen]);
        if (index < arguments.Count && arguments[index].NameColon?.Name.Identifier.Text is { } name)
        {
            index = Math.Max(0, parameters.ToList().FindIndex(parameter => parameter.Name == name));
        }
        if (index >= parameters.Length && parameters.LastOrDefault() is { IsParams: true })
        {
            index = parameters.Length - 1;
        }
        return new CallHelp([.. overloads.Select(symbol => CallSignature.Of(symbol, cancellation))], chosen, index);
    }

    private static ImmutableArray<IParameterSymbol> ParametersOf(ISymbol symbol) =>
        symbol is IPropertySymbol property ? property.Parameters : ((IMethodSymbol)symbol).Parameters;
}

/// <summary>One way to call.</summary>
/// <param name="Label">The signature.</param>
/// <param name="Summary">What its documentation says in short.</param>
/// <param name="Parameters">Where each parameter stands in the label, and what is said of it.</param>
internal sealed record CallSignature(string Label, string Summary, IReadOnlyList<(int Start, int End, string Text)> Parameters)
{
    private static readonly SymbolDisplayFormat Bare = SymbolText.Signature.RemoveMemberOptions(SymbolDisplayMemberOptions.IncludeParameters);

    /// <summary>A method's, a constructor's or an indexer's.</summary>
    public static CallSignature Of(ISymbol symbol, CancellationToken cancellation)
    {
        var comment = SymbolText.CommentOf(symbol, cancellation);
        var (parameters, open, close) = symbol is IPropertySymbol property
            ? (property.Parameters, "this[", "]")
            : (((IMethodSymbol)symbol).Parameters, symbol.ToDisplayString(Bare) + "(", ")");
        var (label, places) = (open, new List<(int, int, string)>());
        foreach (var parameter in parameters)
        {
            label += places.Count > 0 ? ", " : "";
            var text = parameter.ToDisplayString(SymbolText.Signature);
            var said = comment?.Parts.FirstOrDefault(part => part.Heading == DocComment.ParametersHeading && part.Name == parameter.Name).Text;
            places.Add((label.Length, label.Length + text.Length, said ?? ""));
            label += text;
        }
        return new CallSignature(label + close, comment?.Summary ?? "", places);
    }
}
