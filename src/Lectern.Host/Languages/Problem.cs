using System.Globalization;
using Microsoft.CodeAnalysis;

namespace Lectern.Host.Languages;

/// <summary>What the compiler says against a place in a cell.</summary>
/// <param name="Start">Where the place begins, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="IsError">Whether the cell does not run for it.</param>
/// <param name="Code">The compiler's number, such as <c>CS0103</c>.</param>
/// <param name="Message">In words.</param>
internal sealed record Problem(int Start, int End, bool IsError, string Code, string Message)
{
    /// <summary>All of a cell, in the order of their places.</summary>
    public static IReadOnlyList<Problem> Of(SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        var text = root.SyntaxTree.GetText(cancellation);
        return
        [
            .. model.GetDiagnostics(cancellationToken: cancellation)
                .Where(found => found.Severity >= DiagnosticSeverity.Warning && found.Location.SourceTree == root.SyntaxTree
                    // Packages and files come when the cell runs.
                    && !text.Lines.GetLineFromPosition(found.Location.SourceSpan.Start).ToString().AsSpan().TrimStart().StartsWith("#"))
                .OrderBy(found => found.Location.SourceSpan.Start)
                .Select(found => new Problem(
                    found.Location.SourceSpan.Start, found.Location.SourceSpan.End, found.Severity == DiagnosticSeverity.Error,
                    found.Id, found.GetMessage(CultureInfo.InvariantCulture))),
        ];
    }
}
