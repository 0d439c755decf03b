using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>FOC₂ on coloured graphs: reading, writing and checking formulas.</summary>
public sealed class FormulaTests
{
    /// <summary>A random formula with x free at most.</summary>
    internal static Formula Random(Random random, int depth, char variable = 'x', bool graded = false)
    {
        Formula Part(int less = 1, char? v = null) => Random(random, depth - less, v ?? variable, graded);
        char other = variable == 'x' ? 'y' : 'x';
        if (depth == 0) return new Formula.Colour(ColouredGraph.FiveColours[random.Next(3)], variable);
        return random.Next(5) switch
        {
            0 => new Formula.Not(Part()),
            1 => new Formula.And(Part(), Part()),
            2 => new Formula.Or(Part(), Part()),
            _ => new Formula.AtLeast(random.Next(1, 4), other, graded
                ? new Formula.And(new Formula.Edge(), Part(v: other))
                : Body(random, depth - 1, variable, other)),
        };
    }

    private static Formula Body(Random random, int depth, char free, char bound) => random.Next(7) switch
    {
        0 => new Formula.And(new Formula.Edge(), Random(random, depth, bound)),
        1 => new Formula.And(new Formula.Not(new Formula.Edge()), Random(random, depth, bound)),
        2 => new Formula.And(new Formula.Not(new Formula.Equal()), Random(random, depth, bound)),
        3 => Random(random, depth, bound),
        4 => new Formula.Or(new Formula.And(new Formula.Edge(), Random(random, depth, free)), Random(random, depth, bound)),
        5 => new Formula.Or(new Formula.Equal(), new Formula.And(Random(random, depth, free), new Formula.Not(new Formula.Edge()))),
        _ => new Formula.Not(new Formula.Or(new Formula.Edge(), Random(random, depth, bound))),
    };

    internal static ColouredGraph RandomGraph(int n, double p, int seed)
    {
        var random = new Random(seed);
        return new ColouredGraph(Generators.ErdosRenyi(n, p, seed), [.. Enumerable.Range(0, n).Select(_ => random.Next(5))]);
    }

    /// <summary>The definition of truth, word by word, with an assignment of both variables.</summary>
    private static bool Holds(Formula formula, ColouredGraph graph, int x, int y) => formula switch
    {
        Formula.True => true,
        Formula.Colour c => graph.Palette[graph.Colours[c.Variable == 'x' ? x : y]] == c.Name,
        Formula.Edge => graph.Graph.Neighbours(x).Contains(y),
        Formula.Equal => x == y,
        Formula.Not n => !Holds(n.Part, graph, x, y),
        Formula.And a => Holds(a.Left, graph, x, y) & Holds(a.Right, graph, x, y),
        Formula.Or o => Holds(o.Left, graph, x, y) | Holds(o.Right, graph, x, y),
        Formula.AtLeast q => Enumerable.Range(0, graph.Nodes)
            .Count(v => q.Variable == 'x' ? Holds(q.Body, graph, v, y) : Holds(q.Body, graph, x, v)) >= q.Count,
        _ => throw new InvalidOperationException(),
    };

    [Fact]
    public void The_model_checker_agrees_with_the_definition_of_truth()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 200; trial++)
        {
            var formula = Random(random, trial % 4);
            var graph = RandomGraph(7, 0.3, trial);
            Assert.Equal([.. Enumerable.Range(0, 7).Select(x => Holds(formula, graph, x, x))], formula.Evaluate(graph));
        }
    }

    [Fact]
    public void By_hand_on_a_path_red_blue_red()
    {
        var path = new ColouredGraph(Generators.Path(4), [1, 0, 1, 2]);         // red - blue - red - green
        bool[] Where(string text) => FormulaParser.Parse(text).Evaluate(path);
        Assert.Equal([true, false, true, false], Where("Red(x)"));
        Assert.Equal([true, false, true, false], Where("exists y (E(x,y) & Blue(y))"));
        Assert.Equal([false, true, false, false], Where("∃≥2y (E(x,y) ∧ Red(y))"));
        Assert.Equal([true, true, true, true], Where("exists>=2 y Red(y)"));
        Assert.Equal([false, true, true, true], Where("exists>=2 y (!E(x,y) & !Red(y))  | Blue(x) | exists y (E(x,y) & Green(y)) | Green(x)"));
        Assert.Equal([true, false, false, true], Where("∃[2,3] y ¬(E(x,y) ∨ x = y)"));
        Assert.Equal([false, true, false, false], Where("forall y (E(x,y) -> Red(y))").Zip(Where("Blue(x)"), (a, b) => a && b));
        // y is used twice: some neighbour's neighbour is green, with two variables only.
        Assert.Equal([false, true, false, true], Where("exists y (E(x,y) & exists x (E(x,y) & Green(x)))"));
    }

    [Fact]
    public void Formulas_read_back_what_they_write()
    {
        var random = new Random(2);
        for (int trial = 0; trial < 200; trial++)
        {
            var formula = Random(random, trial % 5);
            Assert.Equal(formula, FormulaParser.Parse(formula.ToString()));
        }
    }

    [Theory]
    [InlineData("Red(x) & ", "Expected a formula where the end stands")]
    [InlineData("Red(z)", "x or y, the two variables")]
    [InlineData("exists z Red(z)", "x or y, the two variables")]
    [InlineData("E(x,x)", "Expected 'y'")]
    [InlineData("x = x", "Expected 'y'")]
    [InlineData("(Red(x)", "Expected ')'")]
    [InlineData("Red(x) Blue(x)", "an operator or the end")]
    [InlineData("exists>=many y Red(y)", "a number")]
    [InlineData("exists[3,2] y Red(y)", "between 3 and 2")]
    [InlineData("Red(x) $ Blue(x)", "'$'")]
    public void What_is_no_formula_is_refused_with_its_place(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => FormulaParser.Parse(text)).Message);

    [Fact]
    public void And_binds_stronger_than_or_and_both_stronger_than_implies()
    {
        Assert.Equal(FormulaParser.Parse("(Red(x) & Blue(x)) | Green(x)"), FormulaParser.Parse("Red(x) & Blue(x) | Green(x)"));
        Assert.Equal(FormulaParser.Parse("(Red(x) | Blue(x)) -> (Green(x) -> Grey(x))"),
            FormulaParser.Parse("Red(x) | Blue(x) -> Green(x) -> Grey(x)"));
        Assert.Equal(FormulaParser.Parse("(exists y Blue(y)) & Red(x)"), FormulaParser.Parse("exists y Blue(y) & Red(x)"));
    }

    [Fact]
    public void A_formula_with_y_free_is_no_node_classifier_and_an_unknown_colour_is_named()
    {
        var graph = RandomGraph(4, 0.5, 1);
        Assert.Contains("y is free", Assert.Throws<ArgumentException>(() => FormulaParser.Parse("Red(y)").Evaluate(graph)).Message);
        Assert.Contains("'Pink'", Assert.Throws<ArgumentException>(() => FormulaParser.Parse("Pink(x)").Evaluate(graph)).Message);
    }

    [Fact]
    public void Graded_modal_formulas_are_told_from_others()
    {
        bool Graded(string text) => FormulaParser.Parse(text).IsGradedModal();
        Assert.True(Graded("Red(x) & !exists>=2 y (E(x,y) & exists x (Blue(x) & E(x,y)))"));
        Assert.True(Graded("exists>=3 y E(x,y)"));
        Assert.False(Graded("Red(x) & exists y Blue(y)"));
        Assert.False(Graded("exists y (E(x,y) & Red(x))"));
        Assert.False(Graded("exists y (!E(x,y) & Red(y))"));
        var random = new Random(3);
        for (int trial = 0; trial < 50; trial++) Assert.True(Random(random, 3, graded: true).IsGradedModal());
    }

    [Fact]
    public void A_coloured_graph_is_undirected_without_loops_and_has_a_colour_for_each_node()
    {
        string Error(Graph graph, params int[] colours) =>
            Assert.Throws<ArgumentException>(() => new ColouredGraph(graph, colours)).Message;
        Assert.Contains("run back", Error(Graph.Directed(2, (0, 1)), 0, 0));
        Assert.Contains("loop", Error(Generators.Path(2).WithSelfLoops(), 0, 0));
        Assert.Contains("2 colours for 3 nodes", Error(Generators.Path(3), 0, 0));
        Assert.Contains("Node 1 has the colour 5", Error(Generators.Path(2), 0, 5));
    }
}
