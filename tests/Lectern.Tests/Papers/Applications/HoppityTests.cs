using Lectern.Graphs.Programs;
using Lectern.Papers.Applications;

namespace Lectern.Tests.Papers.Applications;

/// <summary>Programs as graphs, the layers against loops, choices and their masks, the beam against all repairs, a short training.</summary>
public sealed class HoppityTests
{
    private static readonly CSharpTree Language = new();

    private static readonly ProgramNode Program = Language.Parse("int F(int a, int b) { if (a < 0) return b; G(a, b); return a + 1; }");

    private static readonly ProgramNode Short = new("F", null, [new ProgramNode("X", "x"), new ProgramNode("S", null, [new ProgramNode("Y", "y")])]);

    private static readonly HoppitySettings Tiny = new() { Width = 6, Layers = 2, Constants = 3, MostEdits = 2 };

    private static HoppityModel Model(HoppitySettings settings, params ProgramNode[] programs)
    {
        manual_seed(settings.Seed);
        var kinds = programs.SelectMany(program => program.Preorder()).Select(node => node.Kind).Distinct();
        var model = new HoppityModel(new HoppityVocabulary(kinds, ["0", "q"]), settings);
        // A training step's statistics, so that evaluation is no identity.
        model.train();
        using (no_grad()) model.Encode([.. programs.Select(program => new ProgramGraph(program))]);
        model.eval();
        return model;
    }

    [Fact]
    public void A_graph_has_a_node_for_each_value_and_each_relation_in_both_directions()
    {
        var graph = new ProgramGraph(Program);
        Assert.Equal(Program.Preorder().Select(node => node.Value).OfType<string>().Distinct().Count(), graph.Values.Count);
        for (int relation = 0; relation < ProgramGraph.Relations; relation += 2)
        {
            var there = graph.Edges.Where(edge => edge.Relation == relation).Select(edge => (edge.From, edge.To));
            var back = graph.Edges.Where(edge => edge.Relation == relation + 1).Select(edge => (edge.To, edge.From));
            Assert.Equal(there.Order(), back.Order());
        }
        Assert.Equal(graph.Nodes.Count - 1, graph.Edges.Count(edge => edge.Relation == 0));
        Assert.Equal(graph.Nodes.Count(node => node.Value is not null), graph.Edges.Count(edge => edge.Relation == 2));
        Assert.Equal(graph.Nodes.Count(node => node.Children.Count == 0) - 1, graph.Edges.Count(edge => edge.Relation == 4));
        // F(X x, S(Y y)): the tree's nodes are 0 to 3, the values 4 and 5.
        Assert.Equal([(0, 0, 1), (0, 0, 2), (0, 2, 3), (2, 1, 4), (2, 3, 5), (4, 1, 3)],
            new ProgramGraph(Short).Edges.Where(edge => edge.Relation % 2 == 0).Order());
    }

    [Fact]
    public void The_encoder_is_its_formula()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny, Short);
        var graph = new ProgramGraph(Short);
        var w = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach());
        var running = model.named_buffers().ToDictionary(b => b.name, b => b.buffer);
        Tensor Norm(string name, Tensor x) => (x - running[name + ".running_mean"]) / (running[name + ".running_var"] + 1e-5).sqrt() * w[name + ".weight"] + w[name + ".bias"];
        Tensor Linear(string name, Tensor x) => w[name + ".weight"].mv(x) + w[name + ".bias"];
        long[] kinds = [.. graph.Nodes.Select(node => (long)model.Vocabulary.KindOf(node.Kind)), .. graph.Values.Select(_ => (long)model.Vocabulary.Kinds.Count)];
        Tensor[] h = [.. kinds.Select(kind => Norm("inputNorm", w["kindVectors.weight"][kind].tanh()))];
        for (int l = 0; l < 2; l++)
        {
            Tensor[] next = new Tensor[h.Length];
            for (int v = 0; v < h.Length; v++)
            {
                Tensor[] m = [.. Enumerable.Range(0, 6).Select(_ => zeros(6))];
                foreach (var (relation, from, to) in graph.Edges)
                    if (to == v) m[relation] += Linear($"layers.{l}.relations", h[from]).narrow(0, 6 * relation, 6);
                var merged = Norm($"layers.{l}.mergeNorm", Linear($"layers.{l}.merge", cat(m, 0).tanh()));
                next[v] = Norm($"layers.{l}.norm", (Linear($"layers.{l}.combine", merged) + h[v]).tanh());
            }
            h = next;
        }
        var expected = stack([.. h.Select(row => Linear("readout", row).tanh())], 0);
        var encoding = model.Encode([graph]);
        Assert.True(allclose(expected, encoding.Nodes.detach(), 0, 1e-5));
        Assert.True(allclose(expected.sum(0), encoding.Whole[0].detach(), 0, 1e-5));
    }

    [Theory]
    [InlineData(PointerKind.InnerProduct)]
    [InlineData(PointerKind.Bilinear)]
    [InlineData(PointerKind.Mlp)]
    public void In_a_batch_each_program_has_the_distributions_that_it_has_alone(PointerKind pointer)
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny with { Pointer = pointer }, Program, Short);
        var s = randn(2, 6);
        var (both, first, second) = (model.Encode([new(Program), new(Short)]), model.Encode([new(Program)]), model.Encode([new(Short)]));
        foreach (var choose in (Func<Tensor, HoppityEncoding, int[], Tensor>[])[(t, e, who) => model.Where(t, e, who), (t, e, who) => model.Value(t, e, who),
            (t, e, who) => model.What(t, e, who, [.. who.Select(_ => 1)]), (t, e, who) => model.Sibling(t, e, who, [.. who.Select(_ => 0)])])
        {
            var p = choose(s, both, [0, 1]).exp().detach();
            Assert.True(allclose(ones(2), p.sum(1), 0, 1e-5));
            float[] Finite(Tensor row) => [.. row.data<float>().ToArray().Where(x => x > 0)];
            Assert.Equal(Finite(choose(s.narrow(0, 0, 1), first, [0]).exp().detach()[0]), Finite(p[0]), (a, b) => Math.Abs(a - b) < 1e-5);
            Assert.Equal(Finite(choose(s.narrow(0, 1, 1), second, [0]).exp().detach()[0]), Finite(p[1]), (a, b) => Math.Abs(a - b) < 1e-5);
        }
    }

    [Fact]
    public void Without_the_order_of_leaves_turned_children_turn_the_probabilities()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny with { LeafOrder = false }, Short);
        var turned = new ProgramNode("F", null, [Short.Children[1], Short.Children[0]]);          // 0, 2, 3, 1
        var (e, f) = (model.Encode([new(Short)]), model.Encode([new(turned)]));
        Tensor State(HoppityEncoding encoding) => model.After(HoppityChoice.Graph, encoding.Whole, model.Start(1));
        var (p, q) = (model.Where(State(e), e, [0]).detach(), model.Where(State(f), f, [0]).detach());
        Assert.True(allclose(p, q.index_select(1, tensor(new long[] { 0, 3, 1, 2 })), 0, 1e-5));
        Assert.True(allclose(model.What(State(e), e, [0], [1]), model.What(State(f), f, [0], [3]), 0, 1e-5));
        using var ordered = Model(Tiny, Short);
        var (g, h) = (ordered.Encode([new(Short)]), ordered.Encode([new(turned)]));
        Assert.False(allclose(g.Whole, h.Whole, 0, 1e-3));
    }

    [Fact]
    public void The_root_is_never_deleted_and_an_inner_node_without_a_value_gets_none()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny, Short);
        var encoding = model.Encode([new(Short)]);
        float[] P(int node) => model.What(randn(1, 6), encoding, [0], [node]).exp().detach()[0].data<float>().ToArray();
        Assert.Equal((0, 0), (P(0)[(int)EditOperator.Delete], P(0)[(int)EditOperator.ReplaceValue]));
        Assert.Equal(0, P(2)[(int)EditOperator.ReplaceValue]);
        Assert.All((EditOperator[])[EditOperator.Delete, EditOperator.ReplaceValue, EditOperator.NoOp], edit => Assert.True(P(1)[(int)edit] > 0));
    }

    [Fact]
    public void A_beam_that_drops_nothing_finds_every_repair_of_one_edit_with_its_likelihood()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny with { MostEdits = 1 }, Short);
        var found = Hoppity.Repair(model, [Short], beam: 100_000)[0];
        // Where, what, and with what: 4 nodes; the kinds F, X, S, Y; the values x, y, none, 0, q.
        const int kinds = 4, values = 5;
        int expected = 4 + 2 * values + 3 + 4 * kinds + kinds * values * (3 + 1 + 2 + 1);
        Assert.Equal(expected, found.Count);
        Assert.Equal(1, found.Sum(repair => Math.Exp(repair.LogLikelihood)), 1e-4);
        var graph = new ProgramGraph(Short);
        foreach (var repair in found.Where(repair => repair.Edits.Count == 1).Take(80))
        {
            var episode = new HoppityEpisode(ProgramBug.None(Short), [graph], repair.Edits);
            Assert.Equal(repair.LogLikelihood, model.LogLikelihood([episode]).item<float>(), 1e-3);
            Assert.True(repair.Edits[0].Apply(Short).Same(repair.Result));
        }
        Assert.All(found.Where(repair => repair.Edits.Count == 0), repair => Assert.True(repair.Result.Same(Short)));
    }

    [Fact]
    public void A_beam_of_one_takes_the_likeliest_choice_each_time()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny with { MostEdits = 1 }, Program, Short);
        foreach (var program in (ProgramNode[])[Program, Short])
        {
            var repair = Assert.Single(Hoppity.Repair(model, [program], beam: 1)[0]);
            var encoding = model.Encode([new(program)]);
            var s = model.After(HoppityChoice.Graph, encoding.Whole, model.Start(1));
            double total = 0;
            int Best(Tensor logp)
            {
                total += logp.max().item<float>();
                return (int)logp.argmax(1).item<long>();
            }
            int node = Best(model.Where(s, encoding, [0]));
            s = model.After(HoppityChoice.Node, HoppityModel.VectorsOf(encoding, [0], [node]), s);
            var what = (EditOperator)Best(model.What(s, encoding, [0], [node]));
            s = model.After(HoppityChoice.Operator, model.VectorsOf(HoppityChoice.Operator, [(int)what]), s);
            if (HoppityModel.HasKind(new(what)))
            {
                int kind = Best(model.Kind(s));
                s = model.After(HoppityChoice.Kind, model.VectorsOf(HoppityChoice.Kind, [kind]), s);
            }
            if (HoppityModel.HasValue(new(what)))
            {
                int value = Best(model.Value(s, encoding, [0]));
                s = model.After(HoppityChoice.Value, model.ValueVector(encoding, 0, value, encoding.Graphs[0].Values.Count), s);
            }
            if (what == EditOperator.Add) Best(model.Sibling(s, encoding, [0], [node]));
            Assert.Equal(total, repair.LogLikelihood, 1e-4);
        }
    }

    [Fact]
    public void A_repairs_score_is_the_likelihood_of_its_edits()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny with { MostEdits = 3 }, Program, Short);
        var found = Hoppity.Repair(model, [Program, Short], beam: 12);
        var full = found[0].Select(repair => (Program, repair)).Concat(found[1].Select(repair => (Program: Short, repair))).Where(pair => pair.repair.Edits.Count == 3).ToList();
        Assert.NotEmpty(full);
        foreach (var (program, repair) in full)
        {
            var graphs = new List<ProgramGraph> { new(program) };
            foreach (var edit in repair.Edits.SkipLast(1)) graphs.Add(new ProgramGraph(edit.Apply(graphs[^1].Tree)));
            Assert.Equal(repair.LogLikelihood, model.LogLikelihood([new HoppityEpisode(ProgramBug.None(program), graphs, repair.Edits)]).item<float>(), 1e-3);
        }
    }

    [Fact]
    public void Without_history_edits_are_independent_given_their_graphs()
    {
        using var scope = NewDisposeScope();
        var bug = new ProgramBug("two", Short, Short, [new(EditOperator.ReplaceValue, 1, Value: "y"), new(EditOperator.ReplaceKind, 3, "X")]);
        foreach (bool history in (bool[])[true, false])
        {
            using var model = Model(Tiny with { History = history }, Short);
            var whole = HoppityEpisode.Of(bug, 3);
            double parts = whole.Edits.Select((edit, t) => (double)model.LogLikelihood([new HoppityEpisode(bug, [whole.Graphs[t]], [edit])]).item<float>()).Sum();
            double all = model.LogLikelihood([whole]).item<float>();
            if (history) Assert.NotEqual(parts, all, 1e-3);
            else Assert.Equal(parts, all, 1e-4);
        }
    }

    [Fact]
    public void In_a_batch_each_repair_has_the_likelihood_that_it_has_alone()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny, Short, Program);
        HoppityEpisode[] episodes =
        [
            HoppityEpisode.Of(new("two", Short, Short, [new(EditOperator.Add, 0, "X", "q", 2), new(EditOperator.Delete, 1)]), 3),
            HoppityEpisode.Of(ProgramBug.None(Program), 1),
            HoppityEpisode.Of(new("one", Program, Program, [new(EditOperator.ReplaceValue, 1, Value: "0")]), 1),
        ];
        float[] together = model.LogLikelihood(episodes).data<float>().ToArray();
        for (int i = 0; i < 3; i++) Assert.Equal(model.LogLikelihood([episodes[i]]).item<float>(), together[i], 1e-4);
    }

    [Fact]
    public void A_repair_that_could_go_on_ends_by_a_no_op()
    {
        var bug = new ProgramBug("one", Short, Short, [new(EditOperator.Delete, 1)]);
        Assert.Equal([EditOperator.Delete], HoppityEpisode.Of(bug, 1).Edits.Select(edit => edit.Operator));
        Assert.Equal([EditOperator.Delete, EditOperator.NoOp], HoppityEpisode.Of(bug, 2).Edits.Select(edit => edit.Operator));
        Assert.Equal([4, 3], HoppityEpisode.Of(bug, 2).Graphs.Select(graph => graph.Nodes.Count));
        Assert.Equal([EditOperator.NoOp], HoppityEpisode.Of(ProgramBug.None(Short), 1).Edits.Select(edit => edit.Operator));
    }

    [Fact]
    public void Frequencies_by_hand()
    {
        ProgramNode Of(string value) => new("F", null, [new ProgramNode("X", value), new ProgramNode("Y", "1")]);
        ProgramBug Bug(string buggy, string right) => new("b", Of(buggy), Of(right), TreeEdit.Between(Of(buggy), Of(right)));
        var frequencies = new EditFrequencies([Bug("a", "b"), Bug("a", "b"), Bug("a", "c"), Bug("d", "e"), ProgramBug.None(Of("d")), ProgramBug.None(Of("d"))]);
        var repair = frequencies.Repair(new ProgramNode("G", null, [new ProgramNode("X", "d"), new ProgramNode("X", "a")]));
        Assert.Equal([new TreeEdit(EditOperator.ReplaceValue, 2, Value: "b")], repair.Edits);           // 2 of 3, before 1 of 3
        Assert.Equal(Math.Log(2 / 3.0), repair.LogLikelihood, 1e-9);
        Assert.Empty(frequencies.Repair(new ProgramNode("Z")).Edits);
    }

    [Fact]
    public void A_short_training_repairs_more_than_frequencies_and_the_same_seed_repeats_it()
    {
        // Loops over what has a length: the boundary is < with Length and <= with Last, and one of two names is the array.
        var language = new CSharpTree();
        var random = new Random(5);
        string[] names = ["a", "b", "list", "items", "row", "x", "values", "data", "all", "text"];
        ProgramNode Loop()
        {
            random.Shuffle(names);
            return language.Parse($"void F(int[] {names[0]}, int {names[1]}) {{ for (int i = {random.Next(2)}; i < {names[0]}.Length; i++) "
                + $"{{ G({names[0]}[i]); {names[1]}++; }} if ({names[1]} >= {names[0]}.Last) return; H({names[1]}); }}");
        }
        var bugs = Hoppity.Bugs(Enumerable.Range(0, 400).Select(_ => Loop()), 1, 0.2, 7);
        var (train, test) = (bugs.Take(320).ToList(), bugs.Skip(320).ToList());
        var settings = new HoppitySettings { Width = 24, Layers = 3, Blocks = 3, MostEdits = 1, Seed = 2, LearningRate = 3e-3 };
        double Exact(IReadOnlyList<IReadOnlyList<ProgramRepair>> repairs) => RepairQuality.Of(test, repairs).Exact;
        var (model, history) = Hoppity.Train(train, settings);
        using (model)
        {
            var frequencies = new EditFrequencies(train);
            double learned = Exact(Hoppity.Repair(model, [.. test.Select(bug => bug.Buggy)])),
                counted = Exact([.. test.Select(bug => (IReadOnlyList<ProgramRepair>)[frequencies.Repair(bug.Buggy)])]);
            Assert.True(learned > counted + 0.25, $"{learned} beside {counted}");
        }
        var (short1, first) = Hoppity.Train(train, settings with { Blocks = 1 });
        using (short1) Assert.Equal(history.Loss[0], first.Loss[0], 1e-4);
    }

    [Fact]
    public void Nothing_to_learn_from_is_said()
    {
        var impossible = new ProgramBug("root", Short, new ProgramNode("Z"), TreeEdit.Between(Short, new ProgramNode("Z")));
        Assert.Contains("0 bugs", Assert.Throws<ArgumentException>(() => Hoppity.Train([], new HoppitySettings())).Message, StringComparison.Ordinal);
        Assert.Contains("1 bugs", Assert.Throws<ArgumentException>(() => Hoppity.Train([impossible], new HoppitySettings { MostEdits = 1 })).Message, StringComparison.Ordinal);
        using var model = Model(Tiny, Short);
        Assert.Throws<ArgumentOutOfRangeException>(() => Hoppity.Repair(model, [Short], beam: 0));
    }
}
