using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Graphs.Programs;

/// <summary>
/// C# methods as trees, and trees as C# again. Kinds are Roslyn's. Names, literals, modifiers and the built-in types are values; words
/// and signs that the kinds imply are left out of the tree, and remembered for each kind as they are met.
/// </summary>
/// <remarks>A tree knows the order of its children and not their roles, so two texts could have one tree: <see cref="Methods"/> leaves
/// out what does not come back as it was.</remarks>
public sealed class CSharpTree
{
    // The words before, between and behind the children: as they stood with just these kinds of children, with as many, with any number.
    private readonly Dictionary<string, string[]> words = Signs();

    /// <summary>The tree of one method, constructor or local function.</summary>
    /// <exception cref="ArgumentException">The text is not one method without errors.</exception>
    public ProgramNode Parse(string method)
    {
        ArgumentNullException.ThrowIfNull(method);
        var member = SyntaxFactory.ParseMemberDeclaration(method) is { } parsed && parsed.FullSpan.Length == method.Length ? parsed : null;
        if (member is not BaseMethodDeclarationSyntax || member.ContainsDiagnostics)
            throw new ArgumentException("The text is not one C# method: "
                + (member?.GetDiagnostics().FirstOrDefault()?.ToString() ?? "expected \"int F(int x) { … }\" and nothing behind it") + ".", nameof(method));
        return Tree(member);
    }

    /// <summary>The trees of all methods and constructors with a body in a file's text; those apart that would not come back from their trees.</summary>
    /// <param name="source">C#; what does not parse gives no methods.</param>
    public IEnumerable<ProgramNode> Methods(string source)
    {
        var root = CSharpSyntaxTree.ParseText(source).GetRoot();
        foreach (var method in root.DescendantNodes().OfType<BaseMethodDeclarationSyntax>())
        {
            if (method.ContainsDiagnostics || (method.Body is null && method.ExpressionBody is null)) continue;
            var tree = Tree(method.WithAttributeLists([]));
            if (Reads(Words(tree)) is { } again && Tree(again).Same(tree)) yield return tree;
        }
    }

    /// <summary>A tree as C#, laid out.</summary>
    /// <remarks>Signs do not ask for parentheses: a sum put under a product by an edit reads as it would in C# without them.</remarks>
    public string Print(ProgramNode tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        string text = Words(tree);
        if (Reads(text)?.NormalizeWhitespace(eol: "\n") is not { } laidOut) return text;
        // Roslyn forgets some blanks around these words.
        static bool IsWord(SyntaxToken token) =>
            token.Kind() is SyntaxKind.IsKeyword or SyntaxKind.NotKeyword or SyntaxKind.AndKeyword or SyntaxKind.OrKeyword
                or SyntaxKind.SwitchKeyword or SyntaxKind.WhenKeyword;
        return laidOut.ReplaceTokens(
            laidOut.DescendantTokens().Where(token => (IsWord(token) || IsWord(token.GetPreviousToken()))
                && !token.HasLeadingTrivia && !token.GetPreviousToken().HasTrailingTrivia),
            (token, _) => token.WithLeadingTrivia(SyntaxFactory.Space)).ToFullString();
    }

    // The signs of operators, which Roslyn tells without a text.
    private static Dictionary<string, string[]> Signs()
    {
        var signs = new Dictionary<string, string[]>();
        foreach (var token in Enum.GetValues<SyntaxKind>().Where(kind => SyntaxFacts.GetText(kind).Length > 0))
        {
            string text = SyntaxFacts.GetText(token);
            void Know(SyntaxKind kind, params string[] around)
            {
                if (kind != SyntaxKind.None) signs.TryAdd(kind.ToString(), around);
            }
            Know(SyntaxFacts.GetBinaryExpression(token), "", text, "");
            Know(SyntaxFacts.GetAssignmentExpression(token), "", text, "");
            Know(SyntaxFacts.GetPrefixUnaryExpression(token), text, "");
            Know(SyntaxFacts.GetPostfixUnaryExpression(token), "", text);
            Know(SyntaxFacts.GetLiteralExpression(token), text);
        }
        return signs;
    }

    private static MemberDeclarationSyntax? Reads(string text) =>
        SyntaxFactory.ParseMemberDeclaration(text) is { ContainsDiagnostics: false } member ? member : null;

    private ProgramNode Tree(SyntaxNode node)
    {
        // A node that only wraps another, such as an argument without a name, is that other one.
        if (node.ChildNodesAndTokens() is [{ IsNode: true } wrapped]) return Tree(wrapped.AsNode()!);
        var children = new List<ProgramNode>();
        var between = new List<string> { "" };
        foreach (var part in node.ChildNodesAndTokens())
        {
            if (part.IsToken && part.AsToken() is { Text.Length: > 0 } token && !Says(token)) between[^1] = $"{between[^1]} {token.Text}".Trim();
            else if (part.IsNode || part.AsToken().Text.Length > 0)
            {
                children.Add(part.AsNode() is { } child ? Tree(child) : new ProgramNode(LeafKind(part.AsToken()), part.AsToken().Text));
                between.Add("");
            }
        }
        // A node that is nothing but a word is a leaf with that value.
        string kind = node.Kind().ToString();
        if (children is [{ Value: { } value, Children.Count: 0 }] && node.ChildNodesAndTokens().All(part => part.IsToken)
            && between.TrueForAll(text => text.Length == 0))
            return new ProgramNode(kind, value);
        string[] met = [.. between];
        foreach (string key in Keys(kind, children)) words.TryAdd(key, met);
        if (words[kind].Length < met.Length) words[kind] = met;                     // the most children tell how they are parted
        return new ProgramNode(kind, null, children);
    }

    private static string[] Keys(string kind, List<ProgramNode> children) =>
        [$"{kind}({string.Join(',', children.Select(child => child.Kind))})", $"{kind} {children.Count}", kind];

    // Whether a token's text is not implied by its parent's kind.
    private static bool Says(SyntaxToken token) =>
        SyntaxFacts.GetText(token.Kind()) != token.Text || token.Parent switch
        {
            PredefinedTypeSyntax or RelationalPatternSyntax => true,
            MemberDeclarationSyntax member => member.Modifiers.Contains(token),
            LocalFunctionStatementSyntax function => function.Modifiers.Contains(token),
            AnonymousFunctionExpressionSyntax lambda => lambda.Modifiers.Contains(token),
            BaseParameterSyntax parameter => parameter.Modifiers.Contains(token),
            LocalDeclarationStatementSyntax local => token != local.SemicolonToken,
            ArgumentSyntax argument => token == argument.RefKindKeyword,
            _ => false,
        };

    private static string LeafKind(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.IdentifierToken => "Identifier",
        SyntaxKind.InterpolatedStringTextToken => "Text",
        _ => "Word",
    };

    private string Words(ProgramNode node)
    {
        if (node.Children.Count == 0 && node.Value is not null) return node.Value;
        string[] around = Keys(node.Kind, node.Children).Select(words.GetValueOrDefault).FirstOrDefault(known => known is not null) ?? ["", ""];
        // Blanks inside a text would be part of it.
        string blank = node.Kind.StartsWith("Interpolat", StringComparison.Ordinal) ? "" : " ";
        var text = new List<string> { around[0] };
        for (int c = 0; c < node.Children.Count; c++)
        {
            text.Add(Words(node.Children[c]));
            // The last word is the last child's; where there are more children than were ever met, they are parted as the last two were.
            bool last = c == node.Children.Count - 1;
            text.Add(around.Length < (last ? 2 : 3) ? "" : last ? around[^1] : around[Math.Min(c + 1, around.Length - 2)]);
        }
        return string.Join(blank, text.Where(part => part.Length > 0));
    }
}
