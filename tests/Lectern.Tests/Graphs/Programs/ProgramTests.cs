using Lectern.Graphs.Programs;

namespace Lectern.Tests.Graphs.Programs;

/// <summary>Trees of C# methods, the differ against a search over all edits, the catalogue of bugs.</summary>
public sealed class ProgramTests
{
    private const string Sum = """
        static int Sum(int[] numbers, int most)
        {
            int sum = 0;
            for (int i = 0; i < numbers.Length && i < most; i++) sum += numbers[i];
            if (sum is > 3 and not 7) return -sum;
            var text = $"{sum:0.0} is {(sum == 1 ? "one" : "many")}  ";
            return text.Length switch { 0 => sum, var n when n > 2 => n + 1, _ => throw new ArgumentException("x", nameof(most)) };
        }
        """;

    // What is learned from whole files serves all tests.
    private static readonly (CSharpTree Language, List<ProgramNode> Methods) Kit = Read();

    private static (CSharpTree, List<ProgramNode>) Read()
    {
        var language = new CSharpTree();
        return (language, [.. CSharpCorpus.Kit().SelectMany(file => language.Methods(file.Text))]);
    }

    [Fact]
    public void A_method_comes_back_from_its_tree()
    {
        var language = new CSharpTree();
        var tree = language.Parse(Sum);
        Assert.True(tree.Same(language.Parse(language.Print(tree))));
        Assert.Contains("i < numbers.Length && i < most", language.Print(tree), StringComparison.Ordinal);
        Assert.Contains("is {(sum == 1 ? \"one\" : \"many\")}  \"", language.Print(tree), StringComparison.Ordinal);
        Assert.Contains("sum is > 3 and not 7", language.Print(tree), StringComparison.Ordinal);
    }

    [Fact]
    public void Words_that_the_kind_implies_are_not_in_the_tree()
    {
        var tree = new CSharpTree().Parse("public static int F(int x) { return x < 1 ? x : G(ref x); }");
        Assert.Equal("MethodDeclaration(Word public, Word static, PredefinedType int, Identifier F, ParameterList(Parameter(PredefinedType int, Identifier x)), "
            + "Block(ReturnStatement(ConditionalExpression(LessThanExpression(IdentifierName x, NumericLiteralExpression 1), IdentifierName x, "
            + "InvocationExpression(IdentifierName G, ArgumentList(Argument(Word ref, IdentifierName x)))))))", tree.ToString());
    }

    [Fact]
    public void Nearly_all_methods_of_the_kit_come_back()
    {
        string[] files = [.. CSharpCorpus.Kit().Select(file => file.Text)];
        var language = new CSharpTree();
        int methods = files.Sum(text => Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes()
            .OfType<Microsoft.CodeAnalysis.CSharp.Syntax.BaseMethodDeclarationSyntax>().Count(method => method.Body is not null || method.ExpressionBody is not null));
        int back = files.Sum(text => language.Methods(text).Count());
        Assert.InRange((double)back / methods, 0.97, 1);
    }

    [Fact]
    public void An_argument_more_than_was_ever_met_is_parted_like_the_others()
    {
        var language = new CSharpTree();
        var tree = language.Parse("void F() { G(1, 2); }");
        var list = tree.Preorder().Single(node => node.Kind == "ArgumentList");
        list.Children.Add(new ProgramNode("IdentifierName", "x"));
        Assert.Contains("G(1, 2, x);", language.Print(tree), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int F( { }")]
    [InlineData("int x = 3;")]
    [InlineData("int F() => 1; int G() => 2;")]
    public void What_is_not_one_method_is_refused(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => new CSharpTree().Parse(text));
        Assert.Contains("not one C# method", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_goes_through_JSON_and_what_is_none_is_refused()
    {
        var tree = new CSharpTree().Parse(Sum);
        Assert.True(tree.Same(ProgramNode.FromJson(tree.ToJson())));
        Assert.True(new ProgramNode("A", null, [new ProgramNode("B", "x")]).Same(ProgramNode.FromJson("""{"kind": "A", "children": [{"kind": "B", "value": "x"}]}""")));
        foreach (string bad in (string[])["""{"value": "x"}""", "[1]", "null", "{"])
            Assert.Contains("not a program's tree", Assert.Throws<ArgumentException>(() => ProgramNode.FromJson(bad)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Edits_by_hand()
    {
        var language = new CSharpTree();
        var from = language.Parse("void F(int n) { G(n); if (n <= 0) return; }");
        IReadOnlyList<TreeEdit> To(string text) => TreeEdit.Between(from, language.Parse(text));
        string[] kinds = [.. from.Preorder().Select(node => node.Kind)];
        int compared = Array.IndexOf(kinds, "LessThanOrEqualExpression"), literal = Array.IndexOf(kinds, "NumericLiteralExpression");
        Assert.Empty(To("void F(int n) { G(n); if (n <= 0) return; }"));
        Assert.Equal([new TreeEdit(EditOperator.ReplaceKind, compared, "LessThanExpression")], To("void F(int n) { G(n); if (n < 0) return; }"));
        Assert.Equal([new TreeEdit(EditOperator.ReplaceValue, literal, Value: "1")], To("void F(int n) { G(n); if (n <= 1) return; }"));
        Assert.Equal([new TreeEdit(EditOperator.Delete, Array.IndexOf(kinds, "ExpressionStatement"))], To("void F(int n) { if (n <= 0) return; }"));
        int list = Array.IndexOf(kinds, "ArgumentList");
        Assert.Equal([new TreeEdit(EditOperator.Add, list, "IdentifierName", "n", 1)], To("void F(int n) { G(n, n); if (n <= 0) return; }"));
    }

    [Fact]
    public void No_fewer_edits_would_do_and_these_do()
    {
        // All trees of up to three nodes over two kinds, and how far apart they are by any edits, from a search in breadth.
        var random = new Random(3);
        ProgramNode Random(int size)
        {
            var root = new ProgramNode("AB"[random.Next(2)].ToString(), random.Next(2) == 0 ? null : "x");
            for (int i = 1; i < size; i++)
            {
                var nodes = root.Preorder();
                var parent = nodes[random.Next(nodes.Count)];
                parent.Children.Insert(random.Next(parent.Children.Count + 1), new ProgramNode("AB"[random.Next(2)].ToString(), random.Next(2) == 0 ? null : "x"));
            }
            return root;
        }
        for (int trial = 0; trial < 40; trial++)
        {
            var (from, to) = (Random(1 + random.Next(3)), Random(1 + random.Next(3)));
            var edits = TreeEdit.Between(from, to);
            Assert.True(edits.Aggregate(from, (tree, edit) => edit.Apply(tree)).Same(to));
            Assert.Equal(Distance(from, to), edits.Count);
        }
    }

    private static int Distance(ProgramNode from, ProgramNode to)
    {
        List<ProgramNode> reached = [from];
        HashSet<string> seen = [from.ToString()];
        for (int distance = 0; ; distance++)
        {
            if (reached.Exists(tree => tree.Same(to))) return distance;
            reached = [.. reached.SelectMany(All).Where(tree => tree.Size <= 4 && seen.Add(tree.ToString()))];
        }
    }

    private static IEnumerable<ProgramNode> All(ProgramNode tree)
    {
        var nodes = tree.Preorder();
        for (int i = 0; i < nodes.Count; i++)
        {
            if (i > 0) yield return new TreeEdit(EditOperator.Delete, i).Apply(tree);
            foreach (string? value in (string?[])[null, "x"])
            {
                yield return new TreeEdit(EditOperator.ReplaceValue, i, Value: value).Apply(tree);
                foreach (string kind in (string[])["A", "B"])
                    for (int rank = 0; rank <= nodes[i].Children.Count; rank++) yield return new TreeEdit(EditOperator.Add, i, kind, value, rank).Apply(tree);
            }
            foreach (string kind in (string[])["A", "B"]) yield return new TreeEdit(EditOperator.ReplaceKind, i, kind).Apply(tree);
        }
    }

    [Fact]
    public void An_edit_that_does_not_fit_says_so()
    {
        var tree = new ProgramNode("A", null, [new ProgramNode("B")]);
        Assert.Contains("node 2", Assert.Throws<ArgumentException>(() => new TreeEdit(EditOperator.ReplaceValue, 2).Apply(tree)).Message, StringComparison.Ordinal);
        Assert.Contains("root", Assert.Throws<ArgumentException>(() => new TreeEdit(EditOperator.Delete).Apply(tree)).Message, StringComparison.Ordinal);
        Assert.Contains("1 children", Assert.Throws<ArgumentException>(() => new TreeEdit(EditOperator.Add, 0, "C", null, 2).Apply(tree)).Message, StringComparison.Ordinal);
        Assert.True(new TreeEdit(EditOperator.NoOp).Apply(tree).Same(tree));
    }

    [Fact]
    public void Every_sort_of_bug_is_mended_by_its_edits_and_still_is_C_sharp()
    {
        var random = new Random(1);
        foreach (string sort in BugCatalogue.Names)
        {
            var bugs = Kit.Methods.Select(method => BugCatalogue.Inject(method, sort, random)).OfType<ProgramBug>().Take(60).ToList();
            Assert.True(bugs.Count >= 5, $"{sort}: {bugs.Count}");
            Assert.All(bugs, bug =>
            {
                Assert.False(bug.Buggy.Same(bug.Fixed));
                Assert.InRange(bug.Fix.Count, 1, 3);
                Assert.True(bug.Fix.Aggregate(bug.Buggy, (tree, edit) => edit.Apply(tree)).Same(bug.Fixed));
                Assert.True(Kit.Language.Parse(Kit.Language.Print(bug.Buggy)).Same(bug.Buggy), Kit.Language.Print(bug.Buggy));
            });
        }
    }

    [Theory]
    [InlineData("wrong operator", "void F(int n) { while (n < 3) G(); }", "while (n <= 3)")]
    [InlineData("wrong variable", "void F(int a, int b) { G(a); H.b(b.a); }", "G(b);|b.b(|H.b(a.a)")]
    [InlineData("off-by-one literal", "int F() => 7;", "=> 6;|=> 8;")]
    [InlineData("swapped arguments", "void F(int a, int b) { G(a, b); }", "G(b, a)")]
    [InlineData("missing argument", "void F(int a, int b) { G(a, b); }", "G(a)")]
    [InlineData("missing negation", "void F(bool a) { if (!a) G(); }", "if (a)")]
    [InlineData("missing negation", "bool F(string a) => a is not null;", "a is null")]
    [InlineData("extra negation", "void F(bool a) { if (a) G(); }", "if (!a)")]
    [InlineData("missing statement", "void F(int a) { if (a == 0) { a++; return; } }", "{ a++; }|{ return; }")]
    [InlineData("extra call", "void F() { G(1); }", "G(1); G(1);")]
    public void Bugs_by_hand(string sort, string right, string wrong)
    {
        var language = new CSharpTree();
        for (int seed = 0; seed < 8; seed++)
        {
            var bug = BugCatalogue.Inject(language.Parse(right), sort, new Random(seed));
            string text = string.Join(' ', language.Print(bug!.Buggy).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
            Assert.True(wrong.Split('|').Any(some => text.Contains(some, StringComparison.Ordinal)), text);
        }
    }

    [Fact]
    public void Where_there_is_no_place_there_is_no_bug_and_an_unknown_sort_says_which_there_are()
    {
        var program = new CSharpTree().Parse("int F() => 1;");
        Assert.Null(BugCatalogue.Inject(program, "extra call", new Random(1)));
        Assert.Contains("wrong operator", Assert.Throws<ArgumentException>(() => BugCatalogue.Inject(program, "typo", new Random(1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_frameworks_assemblies_give_methods_and_an_unknown_one_says_which_there_are()
    {
        var language = new CSharpTree();
        var files = CSharpCorpus.Framework("System.Collections.Concurrent");
        Assert.Contains(files, file => file.Name == "System.Collections.Concurrent.BlockingCollection");
        Assert.True(files.SelectMany(file => language.Methods(file.Text)).Count() > 200);
        Assert.Contains("System.Linq", Assert.Throws<FileNotFoundException>(() => CSharpCorpus.Framework("System.Nothing")).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => CSharpCorpus.Folder("/no/such/folder"));
    }
}
