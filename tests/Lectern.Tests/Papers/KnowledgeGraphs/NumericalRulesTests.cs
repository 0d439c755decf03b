using Lectern.KnowledgeGraphs;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Tests.Papers.KnowledgeGraphs;

/// <summary>Numerical rules: operators against their matrices written out, Neural LP against counted paths, planted rules found.</summary>
public sealed class NumericalRulesTests
{
    private const int N = 40;

    /// <summary>Numbers with ties, and some missing.</summary>
    private static NumericAttribute Numbers(string name, int seed)
    {
        var random = new Random(seed);
        return new NumericAttribute(name, [.. Enumerable.Range(0, N).Select(_ => random.Next(5) == 0 ? double.NaN : random.Next(12))]);
    }

    private static Tensor Matrix(Func<int, int, bool> leads) =>
        tensor(Enumerable.Range(0, N * N).Select(at => leads(at % N, at / N) ? 1.0 : 0).ToArray()).view(N, N);      // row: to, column: from

    private static readonly (int, int)[] Edges = [.. Enumerable.Range(0, 90).Select(k => (k * 7 % N, (k * k + 3) % N)).Distinct()];

    public static TheoryData<Comparing> Ways => [.. Enum.GetValues<Comparing>()];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_comparison_is_its_matrix_with_ties_and_missing_numbers_and_so_is_its_gradient(Comparing how)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (p, q) = (Numbers("p", 1), Numbers("q", 2));
        var comparison = new Comparison(p, how, q);
        var matrix = Matrix((from, to) => !double.IsNaN(p.Values[from]) && !double.IsNaN(q.Values[to]) && how switch
        {
            Comparing.Less => p.Values[from] < q.Values[to],
            Comparing.AtMost => p.Values[from] <= q.Values[to],
            Comparing.More => p.Values[from] > q.Values[to],
            _ => p.Values[from] >= q.Values[to],
        });
        Assert.True(matrix.sum().item<double>() > 100);
        var v = rand([N, 3], float64).requires_grad_();
        var operation = new ComparisonOperator(comparison);
        var fast = operation.Apply(v);
        Assert.True((fast - matrix.mm(v)).abs().max().item<double>() < 1e-12);
        Assert.All(from i in Enumerable.Range(0, N) from j in Enumerable.Range(0, N) select (i, j),
            e => Assert.Equal(matrix[e.j, e.i].item<double>() == 1, comparison.Holds(e.i, e.j)));

        // Backwards the transpose is applied: the inverse step, and ⟨u, M v⟩ = ⟨Mᵀ u, v⟩.
        var u = rand([N, 3], float64);
        (fast * u).sum().backward();
        Assert.True((v.grad! - matrix.t().mm(u)).abs().max().item<double>() < 1e-12);
        var turned = how switch { Comparing.Less => Comparing.More, Comparing.AtMost => Comparing.AtLeast, Comparing.More => Comparing.Less, _ => Comparing.AtMost };
        Assert.True((new ComparisonOperator(new Comparison(q, turned, p)).Apply(u) - matrix.t().mm(u)).abs().max().item<double>() < 1e-12);
    }

    [Fact]
    public void Two_opposite_comparisons_lead_everywhere_where_there_are_numbers()
    {
        using var scope = NewDisposeScope();
        var (p, q) = (Numbers("p", 1), Numbers("q", 2));
        var v = rand([N, 2], float64);
        Tensor Of(Comparing how) => new ComparisonOperator(new Comparison(p, how, q)).Apply(v);
        Tensor Has(NumericAttribute a) => tensor(a.Values.Select(x => double.IsNaN(x) ? 0.0 : 1).ToArray()).unsqueeze(1);
        var everywhere = Has(q) * (Has(p) * v).sum([0], keepdim: true);
        Assert.True((Of(Comparing.AtMost) + Of(Comparing.More) - everywhere).abs().max().item<double>() < 1e-12);
        // One rising map of both numbers changes nothing.
        NumericAttribute Cubed(NumericAttribute a) => a with { Values = [.. a.Values.Select(x => x * x * x)] };
        Assert.True((Of(Comparing.Less) - new ComparisonOperator(new Comparison(Cubed(p), Comparing.Less, Cubed(q))).Apply(v)).abs().max().item<double>() == 0);
    }

    [Fact]
    public void From_one_entity_a_comparison_leads_to_as_many_as_it_holds_for()
    {
        using var scope = NewDisposeScope();
        var p = Numbers("p", 1);
        for (int j = 0; j < N; j++)
        {
            var one = zeros([N, 1], float64);
            one[j, 0] = tensor(1.0);
            var reached = new ComparisonOperator(new Comparison(p, Comparing.AtMost, p)).Apply(one);
            Assert.Equal(p.Values.Count(x => x >= p.Values[j]), reached.sum().item<double>());
            Assert.True(reached.le(1).all().item<bool>());
        }
    }

    [Fact]
    public void Relations_inverses_conditions_and_negations_are_their_matrices()
    {
        using var scope = NewDisposeScope();
        var v = rand(N, 3);
        var edges = Edges.ToHashSet();
        var comparison = new Comparison(Numbers("p", 1), Comparing.Less, Numbers("p", 1));
        void Same(RuleOperator operation, Func<int, int, bool> leads) =>
            Assert.True((operation.Apply(v) - Matrix(leads).to(float32).mm(v)).abs().max().item<float>() < 1e-5, operation.Text("X", "Y"));
        Same(new RelationOperator("r", Edges, N, inverse: false), (i, j) => edges.Contains((i, j)));
        Same(new RelationOperator("r", Edges, N, inverse: true), (i, j) => edges.Contains((j, i)));
        Same(new RelationOperator("r", Edges, N, false, comparison), (i, j) => edges.Contains((i, j)) && comparison.Holds(i, j));
        Same(new RelationOperator("r", Edges, N, true, comparison), (i, j) => edges.Contains((j, i)) && comparison.Holds(i, j));
        Same(new NegatedOperator(new RelationOperator("r", Edges, N, inverse: true)), (i, j) => !edges.Contains((j, i)));
        // A fact that is there twice is one edge.
        Assert.Equal(Edges.Length, new RelationOperator("r", Edges.Concat(Edges), N, inverse: false).Entries);
    }

    [Fact]
    public void A_test_by_hand_and_in_its_own_unit()
    {
        using var scope = NewDisposeScope();
        var test = new ClassificationOperator(rises: true, new NumericAttribute("area", [10, 30, double.NaN, 50]));
        double deviation = Math.Sqrt(800 / 3.0);                                        // mean 30
        var passed = test.Apply(ones(4, 1), tensor(new float[] { 2, -1 }).view(2, 1));
        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        double[] expected = [Sigmoid(-40 / deviation - 1), Sigmoid(-1), 0, Sigmoid(40 / deviation - 1)];
        Assert.All(expected.Index(), e => Assert.Equal(e.Item, passed[e.Index, 0].item<float>(), 1e-6));
        Assert.Equal(30 + deviation / 2, test.Threshold([2, -1]), 1e-9);
        Assert.Equal("area(Y) ≥ 38.2", test.Text("Y", [2, -1]));
        Assert.Equal("area(Y) ≤ 38.2", test.Text("Y", [-2, 1]));
        Assert.Equal([false, false, false, true], Enumerable.Range(0, 4).Select(i => test.Holds(i, [2, -1])));
    }

    [Fact]
    public void A_test_of_two_numbers_is_their_weighted_sum()
    {
        using var scope = NewDisposeScope();
        var test = new ClassificationOperator(true, new NumericAttribute("a", [0, 2, 4]), new NumericAttribute("b", [1, 1, double.NaN]) with { Values = [1, 3, double.NaN] });
        double deviationA = Math.Sqrt(8 / 3.0);                                         // means 2 and 2, deviation of b 1
        float[] weights = [1, 2, 0.5f];
        var passed = test.Apply(ones(3, 1), tensor(weights).view(3, 1));
        Assert.Equal(1 / (1 + Math.Exp(-(-2 / deviationA - 2 + 0.5))), passed[0, 0].item<float>(), 1e-6);
        Assert.Equal(0, passed[2, 0].item<float>());
        Assert.Equal("0.612 a(Y) + 2 b(Y) ≥ 4.72", test.Text("Y", weights));
        Assert.True(test.Holds(1, weights));
    }

    // ------------------------------------------------------------------------------------ Neural LP

    private static readonly NumericalRuleSettings Small = new(Hidden: 8, Batch: 32, LearningRate: 0.02, Epochs: 15, Seed: 1);

    private static NumericalRules Model(IReadOnlyList<RuleOperator> operators, int targets = 1, int n = N, int length = 3)
    {
        manual_seed(1);
        return new NumericalRules(operators, [.. Enumerable.Range(0, targets).Select(q => $"q{q}")], n, Small with { Length = length });
    }

    private static IReadOnlyList<RuleOperator> Plain => NumericalRules.Relations(
        Edges.Select((e, k) => new Triple(e.Item1, k % 2, e.Item2)), ["r", "s"], N);

    [Fact]
    public void The_answer_is_what_the_attentions_along_every_way_add_up_to()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Plain);
        var (start, target) = (tensor(new long[] { 3 }), tensor(new long[] { 0 }));
        var attention = model.Attend(target);
        Assert.All(attention.Operators.Concat(attention.Memories), a => Assert.Equal(1, a.sum().item<float>(), 1e-5));
        Tensor Norm(Tensor v) => v.sum().item<float>() == 0 ? v : v / v.sum();
        var u0 = zeros(N, 1);
        u0[3, 0] = tensor(1f);
        Tensor Move(int t, Tensor z) => Norm(Enumerable.Range(0, Plain.Count)
            .Select(k => attention.Operators[t][0, k] * Norm(Plain[k].Apply(z))).Aggregate((a, b) => a + b));
        var u1 = Move(0, u0);
        var u2 = Move(1, attention.Memories[1][0, 0] * u0 + attention.Memories[1][0, 1] * u1);
        var answer = attention.Memories[2][0, 0] * u0 + attention.Memories[2][0, 1] * u1 + attention.Memories[2][0, 2] * u2;
        Assert.True((answer - model.Answers(start, target)).abs().max().item<float>() < 1e-6);
    }

    [Fact]
    public void A_batch_is_each_question_by_itself()
    {
        using var scope = NewDisposeScope();
        using var model = Model(NumericalRules.WithNumbers(Edges.Select(e => new Triple(e.Item1, 0, e.Item2)), ["r"], [Numbers("p", 1)], N, negated: true), targets: 2);
        long[] starts = [0, 5, 5, 9], targets = [1, 0, 1, 0];
        var together = model.Answers(tensor(starts), tensor(targets));
        for (int b = 0; b < 4; b++)
        {
            var alone = model.Answers(tensor(starts[b..(b + 1)]), tensor(targets[b..(b + 1)]));
            Assert.True((alone - together.narrow(1, b, 1)).abs().max().item<float>() < 1e-6);
        }
    }

    [Fact]
    public void Weights_of_all_rules_add_up_to_one_and_a_rule_reads_as_it_walks()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Plain);
        var rules = model.RulesOf(0, least: 0);
        Assert.Equal(1 + 4 + 16, rules.Count);
        Assert.Equal(1, rules.Sum(rule => rule.Weight), 1e-5);
        Assert.Equal("q0(X, Y) ← r(X, Z) ∧ s(Y, Z)", rules.Single(rule => rule.Operators.SequenceEqual([0, 3])).Text);
        Assert.Equal("q0(X, Y) ← r(Y, X)", rules.Single(rule => rule.Operators.SequenceEqual([1])).Text);
        // How often a rule holds, by counting pairs.
        (int, int)[] r = [.. Edges.Where((_, k) => k % 2 == 0)], s = [.. Edges.Where((_, k) => k % 2 == 1)];
        var pairs = (from a in r from b in s where a.Item2 == b.Item2 select (a.Item1, b.Item1)).ToHashSet();
        Triple[] facts = [.. pairs.Take(5).Select(p => new Triple(p.Item1, 0, p.Item2)), new(0, 0, 0), new(1, 0, 1)];
        var support = model.Support(rules.Single(rule => rule.Operators.SequenceEqual([0, 3])), facts);
        Assert.Equal(pairs.Count, support.Body);
        Assert.Equal(facts.Count(f => pairs.Contains((f.Head, f.Tail))), support.Both);
        Assert.Equal(facts.Distinct().Count(), support.Facts);
    }

    [Fact]
    public void A_gradient_reaches_every_parameter()
    {
        using var scope = NewDisposeScope();
        var problem = RuleProblem.Company(60, 1);
        using var model = Model(NumericalRules.WithNumbers(problem.Background, problem.Relations, NumericAttribute.Of(problem.Numbers, 60), 60), problem.Targets.Count, 60);
        model.Loss([.. problem.Train.GroupBy(t => t.Relation).SelectMany(g => g.Take(20))]).backward();
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().max().item<float>() > 0, p.name));
    }

    [Fact]
    public void Planted_numerical_rules_are_found_and_plain_rules_stay_behind()
    {
        using var scope = NewDisposeScope();
        var problem = RuleProblem.Company(100, 1);
        var numbers = NumericAttribute.Of(problem.Numbers, problem.EntityCount);
        var known = new TripleIndex(problem.Facts);
        var some = problem with { Train = [.. problem.Train.GroupBy(t => t.Relation).SelectMany(g => g.Take(200))] };
        NumericalRules Learn(IReadOnlyList<RuleOperator> operators) =>
            NumericalRules.Learn(some, operators, Small with { Hidden = 32, Epochs = 24, Restarts = 3 });
        var numerical = Learn(NumericalRules.WithNumbers(problem.Background, problem.Relations, numbers, problem.EntityCount));
        var plain = Learn(NumericalRules.Relations(problem.Background, problem.Relations, problem.EntityCount));
        for (int q = 0; q < problem.Targets.Count; q++)
        {
            var rule = numerical.RulesOf(q)[0];
            var support = numerical.Support(rule, [.. problem.Facts]);
            string what = $"{rule.Weight:0.00} {rule.Text}, {support}; planted: {problem.Written[q]}";
            string start = problem.Written[q]!.Split('≥')[0];                          // a threshold is found, not copied
            Assert.True(rule.Text.StartsWith(start, StringComparison.Ordinal), what);
            Assert.True(rule.Weight > 0.8 && support.Confidence > 0.95, what);
            Triple[] asked = [.. problem.Test.Where(t => t.Relation == q)];
            double ours = numerical.Rank(asked, known).Mrr, theirs = plain.Rank(asked, known).Mrr;
            if (q < 3) Assert.True(ours > 0.9 && ours > theirs + 0.15, $"{problem.Targets[q]}: {ours:0.00} and {theirs:0.00}");
            else Assert.True(ours > 0.95 && theirs > 0.95);                            // the control needs no number
        }
    }

    // ------------------------------------------------------------------------------------ problems, bad input

    [Fact]
    public void A_problem_keeps_what_is_asked_apart_from_what_is_learnt_and_its_rules_hold()
    {
        foreach (var problem in (RuleProblem[])[RuleProblem.Company(80, 2), RuleProblem.Neighbours(1), RuleProblem.Of(Countries.Graph(), "usesCurrency", 1)])
        {
            Assert.Empty(problem.Train.Intersect(problem.Test));
            Assert.Empty(problem.Train.Concat(problem.Test).Except(problem.Facts));
            Assert.All(problem.Facts, fact => Assert.InRange(fact.Relation, 0, problem.Targets.Count - 1));
            Assert.NotEmpty(problem.Test);
        }
        var own = RuleProblem.Of(Countries.Graph(), "usesCurrency", 1);
        int relation = own.Relations.ToList().IndexOf("usesCurrency");
        Assert.Empty(own.Background.Intersect(own.Facts.Select(fact => fact with { Relation = relation })));
    }

    [Fact]
    public void What_makes_no_sense_is_said()
    {
        Assert.Contains("counted from 0", Assert.Throws<ArgumentException>(() =>
            NumericAttribute.Of([new NumericFact(7, "area", 1)], 5)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => NumericAttribute.Of([new NumericFact(1, "area", double.NaN)], 5));
        Assert.Contains("'flat' has 1 different values", Assert.Throws<ArgumentException>(() =>
            new ClassificationOperator(true, new NumericAttribute("flat", [3, 3, double.NaN]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Model([]));
        Assert.Throws<ArgumentException>(() => Model(Plain, length: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RuleProblem.Company(10, 1));
    }
}
