using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Host.Notebooks;

/// <summary>An exercise's cell taken apart: what a student answers, and what checks the answer.</summary>
internal static class ExerciseParts
{
    private static readonly CSharpParseOptions Script = new(LanguageVersion.Preview, kind: SourceCodeKind.Script);

    /// <summary>The end of a stub, which checks: all after the last statement that the solution has otherwise.</summary>
    /// <returns>Code whose last expression is the verdict. It names the kit's own checks, whatever an answer calls so.</returns>
    public static string CheckOf(Exercise exercise)
    {
        var stub = Members(exercise.Stub.Source);
        var solution = Members(exercise.Solution ?? "");
        var (same, declared) = (solution.Select(Tokens).ToHashSet(), solution.SelectMany(Names).ToHashSet());
        // A helper that the solution leaves out, since the stub has declared it, belongs to the check.
        bool IsAnswered(MemberDeclarationSyntax member) =>
            !same.Contains(Tokens(member)) && (Names(member).Length == 0 || Names(member).Any(declared.Contains));
        var last = stub.SkipLast(1).ToList().FindLastIndex(IsAnswered);
        return string.Concat(stub.Skip(Math.Max(last, 0) + 1).Select(Qualified)).Trim();
    }

    /// <summary>An answer without the statements that check it, so that they do not run twice; as it is where it is no C#.</summary>
    /// <param name="answer">A student's whole cell.</param>
    /// <param name="check">The stub's end, by <see cref="CheckOf"/>.</param>
    public static string AnswerIn(string answer, string check)
    {
        var tree = CSharpSyntaxTree.ParseText(answer, Script);
        if (tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error))
        {
            return answer;
        }
        var root = tree.GetCompilationUnitRoot();
        var ours = Members(check).Select(Tokens).ToHashSet();
        bool IsCheck(MemberDeclarationSyntax member) => ours.Contains(Tokens(member)) || ours.Contains(Tokens(Qualified(member)))
            || member is GlobalStatementSyntax { Statement: ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } }
                && call.Expression.GetFirstToken().Text == nameof(Lessons.Check);
        return string.Concat(root.Externs.Select(e => e.ToFullString()).Concat(root.Usings.Select(u => u.ToFullString()))
            .Concat(root.Members.Where(member => !IsCheck(member)).Select(member => member.ToFullString())));
    }

    private static IReadOnlyList<MemberDeclarationSyntax> Members(string code) =>
        CSharpSyntaxTree.ParseText(code, Script).GetCompilationUnitRoot().Members;

    // Comments and blanks do not count.
    private static string Tokens(SyntaxNode node) => string.Join(' ', node.DescendantTokens().Select(t => t.Text));

    private static string Tokens(string code) => Tokens(CSharpSyntaxTree.ParseText(code, Script).GetRoot());

    private static string[] Names(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => [method.Identifier.Text],
        BaseTypeDeclarationSyntax type => [type.Identifier.Text],
        FieldDeclarationSyntax field => [.. field.Declaration.Variables.Select(v => v.Identifier.Text)],
        GlobalStatementSyntax { Statement: ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Left: DeclarationExpressionSyntax left } } } =>
            [.. left.DescendantNodes().OfType<SingleVariableDesignationSyntax>().Select(v => v.Identifier.Text)],
        _ => [],
    };

    private static string Qualified(MemberDeclarationSyntax member)
    {
        var checks = member.DescendantNodes().OfType<MemberAccessExpressionSyntax>().Select(access => access.Expression)
            .Where(e => e is IdentifierNameSyntax { Identifier.Text: nameof(Lessons.Check) });
        return member.ReplaceNodes(checks, (_, name) => SyntaxFactory.ParseExpression("global::Lectern.Lessons.Check").WithTriviaFrom(name)).ToFullString();
    }
}
