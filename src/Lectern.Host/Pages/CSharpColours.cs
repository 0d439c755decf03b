using System.Net;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Host.Pages;

/// <summary>Colours C# by its syntax: keywords, text, numbers, comments, types and calls.</summary>
internal static class CSharpColours
{
    private static readonly CSharpParseOptions Script =
        new(LanguageVersion.Latest, DocumentationMode.None, SourceCodeKind.Script);

    /// <summary>The code as HTML, one span a coloured token; the text itself is unchanged.</summary>
    /// <param name="code">C#, a file or a cell.</param>
    /// <param name="declared">The page that declares the type of a name, or null; nothing is linked without it.</param>
    public static string Html(string code, Func<string, string?>? declared = null)
    {
        var root = CSharpSyntaxTree.ParseText(code, Script).GetRoot();
        var html = new StringBuilder();
        foreach (var token in root.DescendantTokens())
        {
            foreach (var trivia in token.LeadingTrivia)
            {
                Append(html, trivia.ToFullString(), ClassOf(trivia));
            }
            // What stands after a dot is a member, though a type may have its name.
            if (token.Parent is SimpleNameSyntax name && (name.Parent as MemberAccessExpressionSyntax)?.Name != name
                && declared?.Invoke(token.Text) is { } page)
            {
                html.Append($"<a class=\"k-type\" href=\"{page}\">{WebUtility.HtmlEncode(token.Text)}</a>");
            }
            else
            {
                Append(html, token.Text, ClassOf(token));
            }
            foreach (var trivia in token.TrailingTrivia)
            {
                Append(html, trivia.ToFullString(), ClassOf(trivia));
            }
        }
        return html.ToString();
    }

    private static void Append(StringBuilder html, string text, string? kind)
    {
        if (text.Length > 0)
        {
            var encoded = WebUtility.HtmlEncode(text);
            html.Append(kind is null ? encoded : $"<span class=\"{kind}\">{encoded}</span>");
        }
    }

    private static string? ClassOf(SyntaxTrivia trivia) =>
        trivia.IsDirective ? "k-directive"
        : trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
            or SyntaxKind.SingleLineDocumentationCommentTrivia ? "k-comment"
        : null;

    private static string? ClassOf(SyntaxToken token)
    {
        if (token.IsKeyword() || token.IsContextualKeyword())
        {
            return "k-keyword";
        }
        return token.Kind() switch
        {
            SyntaxKind.NumericLiteralToken => "k-number",
            SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.InterpolatedStringTextToken
                or SyntaxKind.InterpolatedStringStartToken or SyntaxKind.InterpolatedStringEndToken
                or SyntaxKind.InterpolatedVerbatimStringStartToken or SyntaxKind.SingleLineRawStringLiteralToken
                or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.InterpolatedSingleLineRawStringStartToken
                or SyntaxKind.InterpolatedMultiLineRawStringStartToken or SyntaxKind.InterpolatedRawStringEndToken => "k-text",
            SyntaxKind.IdentifierToken => token.Parent switch
            {
                IdentifierNameSyntax { Identifier.Text: "var" or "await" } => "k-keyword",
                BaseTypeDeclarationSyntax => "k-type",
                SimpleNameSyntax
                {
                    Parent: ObjectCreationExpressionSyntax or VariableDeclarationSyntax or ParameterSyntax
                    or TypeArgumentListSyntax or BaseTypeSyntax
                } => "k-type",
                SimpleNameSyntax { Parent: InvocationExpressionSyntax } => "k-call",
                SimpleNameSyntax { Parent: MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax } member } name
                    when member.Name == name => "k-call",
                _ => null,
            },
            _ => null,
        };
    }
}
