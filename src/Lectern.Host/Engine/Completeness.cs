using Lectern.Host.Languages;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Lectern.Host.Engine;

/// <summary>Whether a cell can be run as it stands; a console front end asks at each line break.</summary>
/// <param name="Status"><c>complete</c>, <c>incomplete</c>, <c>invalid</c> or <c>unknown</c>.</param>
/// <param name="Indent">What the next line should begin with, where the cell is incomplete.</param>
internal sealed record Completeness(string Status, string Indent)
{
    private static readonly CSharpParseOptions Script = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);

    /// <summary>Judges a cell by its last part: the others stand before a magic, and so are at their end.</summary>
    public static Completeness Of(IReadOnlyList<CellPart> parts)
    {
        if (parts.Count == 0 || parts[^1].Magic is not null)
        {
            return new Completeness("complete", "");
        }
        var (language, code) = (parts[^1].Language, parts[^1].Text);
        if (language != Polyglot.CSharp)
        {
            // Only an empty line can end an F# block or a text; front ends send at one.
            return new Completeness("unknown", "");
        }
        var tree = CSharpSyntaxTree.ParseText(code, Script);
        if (!SyntaxFactory.IsCompleteSubmission(tree))
        {
            return new Completeness("incomplete", Indentation(code));
        }
        var wrong = tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error);
        return new Completeness(wrong ? "invalid" : "complete", "");
    }

    // That of the last line, one step deeper after an opening brace.
    private static string Indentation(string code)
    {
        var last = code.TrimEnd().Split('\n')[^1];
        var indent = last[..(last.Length - last.TrimStart().Length)];
        return last.EndsWith('{') || last.EndsWith('(') ? indent + "    " : indent;
    }
}
