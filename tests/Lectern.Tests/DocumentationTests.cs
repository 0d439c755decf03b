using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Lectern.Tests;

/// <summary>What the compiler does not ask of documentation: that a public member says what it throws.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void Public_members_say_what_they_throw()
    {
        string root = Path.Combine(ArchitectureTests.Root(), "src", "Lectern");
        Assert.Empty(Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .SelectMany(path => Unsaid(File.ReadAllText(path)).Select(one => $"{Path.GetRelativePath(root, path)}, line {one}")));
    }

    [Fact]
    public void What_is_not_said_is_found()
    {
        const string Source = """
            public class A
            {
                /// <summary>Says it.</summary>
                /// <exception cref="ArgumentException">Always.</exception>
                public void Said() => throw new ArgumentException("");
                /// <summary>Says another.</summary>
                /// <exception cref="ArgumentException">Never.</exception>
                public void Unsaid() { if (true) throw new IOException(""); }
                /// <inheritdoc/>
                public override string ToString() => throw new IOException("");
                /// <summary>Makes what throws later.</summary>
                public Action Later() { return () => throw new IOException(""); }
                /// <summary>Needs no saying.</summary>
                public A(object o) => _ = o ?? throw new ArgumentNullException(nameof(o));
                /// <summary>Catches it itself.</summary>
                public void Caught() { try { throw new IOException(""); } catch (IOException) { } }
                private void Own() => throw new IOException("");
                /// <summary>Lets another throw.</summary>
                public void Guarded(int i) => ArgumentOutOfRangeException.ThrowIfNegative(i);
                /// <summary>Needs no saying.</summary>
                public void NotNull(object o) => ArgumentNullException.ThrowIfNull(o);
                /// <summary>Hidden.</summary>
                internal class B { public void Inner() => throw new IOException(""); }
            }
            """;
        Assert.Equal(["8: Unsaid throws IOException", "12: Later throws IOException", "19: Guarded throws ArgumentOutOfRangeException"], Unsaid(Source));
    }

    /// <summary>Members of public types that throw what their documentation does not name, what they define inside themselves included;
    /// but for what they catch; that null is no argument goes without saying.</summary>
    private static IEnumerable<string> Unsaid(string source) =>
        from member in CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot().DescendantNodes().OfType<BaseMethodDeclarationSyntax>()
        where member.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().Where(one => one is not BaseNamespaceDeclarationSyntax)
            .All(one => one.Modifiers.Any(SyntaxKind.PublicKeyword) || one.Parent is InterfaceDeclarationSyntax)
        let said = string.Concat(member.GetLeadingTrivia().Select(trivia => trivia.ToFullString()))
        where !said.Contains("<inheritdoc", StringComparison.Ordinal)
        from thrown in member.DescendantNodes().Where(node => !IsCaught(node, member)).Select(Thrown).OfType<string>().Distinct()
        where thrown != nameof(ArgumentNullException) && !said.Contains($"cref=\"{thrown}\"", StringComparison.Ordinal)
        let line = member.SyntaxTree.GetLineSpan(member.Span).StartLinePosition.Line + 1
        let name = member is MethodDeclarationSyntax method ? method.Identifier.Text : ((member as ConstructorDeclarationSyntax)?.Identifier.Text ?? "operator")
        select $"{line}: {name} throws {thrown}";

    private static string? Thrown(SyntaxNode node) => node switch
    {
        ThrowStatementSyntax { Expression: ObjectCreationExpressionSyntax made } => made.Type.ToString(),
        ThrowExpressionSyntax { Expression: ObjectCreationExpressionSyntax made } => made.Type.ToString(),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax guard } when guard.Name.Identifier.Text.StartsWith("ThrowIf", StringComparison.Ordinal)
            && guard.Expression.ToString() is var type && type.EndsWith("Exception", StringComparison.Ordinal) => type,
        _ => null,
    };

    private static bool IsCaught(SyntaxNode node, SyntaxNode member) => node.Ancestors().TakeWhile(above => above != member).OfType<TryStatementSyntax>()
        .Any(one => one.Catches.Count > 0 && one.Block.Span.Contains(node.Span));
}
