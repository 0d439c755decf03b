using Lectern.Papers.Applications;
using TorchSharp.Modules;

namespace Lectern.Tests.Papers.Applications;

/// <summary>Raven matrices against a solver, syllogisms against sets, MXGNet's edges against loops, and what training is worth.</summary>
public sealed class MultiplexReasoningTests
{
    private static readonly MultiplexSettings Small = new(Side: 16, Deep: false, Channels: 8, Layers: 3, Hidden: 6, EdgeWidth: 4, NodeWidth: 12, Relation: 8, Blocks: 1,
        Reasoning: 16, Last: 16, Columns: false, SharedScorer: true, Dropout: 0, Beta: 5, Batch: 32, LearningRate: 4e-3, Epochs: 2);

    private static readonly string[] Regimes = ["neutral", "interpolation", "extrapolation", "held-out pairs"];

    private static readonly RavenAttribute[] Attributes = Enum.GetValues<RavenAttribute>();

    private static MxgNet Raven(MultiplexSettings? settings = null)
    {
        var model = MultiplexReasoning.Create(s => new MxgNet(RavenMatrices.MetaBits, s), settings ?? Small);
        model.eval();
        return model;
    }

    private static MultiplexEdges Joined(MultiplexSettings? settings = null, int sources = 2)
    {
        manual_seed(2);
        var edges = new MultiplexEdges(7, sources, settings ?? Small);
        // Statistics that are not those of a fresh layer, so that a wrong norm shows.
        foreach (var norm in edges.modules().OfType<BatchNorm1d>())
            using (no_grad())
            {
                norm.running_mean!.copy_(0.3 * randn(norm.running_mean.shape));
                norm.running_var!.copy_(0.5 + rand(norm.running_var.shape));
                norm.bias!.copy_(0.2 * randn(norm.bias.shape));
            }
        edges.eval();
        return edges;
    }

    private static void Near(Tensor expected, Tensor actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True((expected - actual).abs().max().item<float>() <= tolerance, $"differs by {(expected - actual).abs().max().item<float>()}");
    }

    private static Tensor Pictures(int count, int seed = 5) =>
        RavenMatrices.Data(RavenMatrices.Draw(count, seed), new RavenSettings()).Pictures.to(ScalarType.Float32) / 255;

    // ------------------------------------------------------------------------------------ matrices

    /// <summary>Candidates that obey, in every attribute, some rule which the context obeys: rules as conditions on all nine
    /// values, apart from the generator's.</summary>
    private static List<int> Solve(RavenMatrix matrix)
    {
        bool Explains(RavenAttribute attribute, RavenPanel last)
        {
            int[] v = [.. matrix.Context.Append(last).Select(panel => panel[attribute])];
            int[][] rows = [v[..3], v[3..6], v[6..]];
            bool Bitwise(Func<bool, bool, bool> of) => rows.All(r => Enumerable.Range(0, 4).All(kind =>
                of((r[0] & 1 << kind) != 0, (r[1] & 1 << kind) != 0) == ((r[2] & 1 << kind) != 0)));
            if (attribute == RavenAttribute.Kinds)
                return rows.All(r => r.Select(x => Convert.ToString(x, 2).Count(digit => digit == '1')) is var n && n.Min() == n.Max()) || Bitwise((a, b) => a && b) || Bitwise((a, b) => a || b) || Bitwise((a, b) => a != b);
            if (rows.All(r => r.Min() == r.Max())) return true;
            bool progression = rows.All(r => 2 * r[1] == r[0] + r[2] && r[2] - r[0] == v[2] - v[0] && r[0] != r[2]);
            bool union = v.Distinct().Count() == 3 && rows.All(r => r.Order().SequenceEqual(v.Distinct().Order()));
            return progression || union;
        }
        return [.. Enumerable.Range(0, 8).Where(c => Attributes.All(a => Explains(a, matrix.Candidates[c])))];
    }

    [Theory]
    [InlineData(2, 1, 2)]
    [InlineData(3, 0, 1)]
    [InlineData(2, 3, 3)]
    public void Every_matrix_has_exactly_one_right_answer(int grid, int least, int most)
    {
        foreach (string regime in Regimes)
            foreach (var matrix in RavenMatrices.Draw(250, 7, new RavenSettings(Grid: grid, LeastRules: least, MostRules: most).For(regime)))
                Assert.Equal([matrix.Answer], Solve(matrix));
    }

    [Fact]
    public void A_solver_that_is_shown_a_wrong_panel_finds_no_answer()
    {
        // The test of the test: the solver is not one that lets everything pass.
        foreach (var matrix in RavenMatrices.Draw(100, 8))
            Assert.Empty(Solve(matrix with { Candidates = [.. matrix.Candidates.Select((c, i) => i == matrix.Answer ? matrix.Candidates[(i + 1) % 8] : c)] }));
    }

    [Fact]
    public void Bisection_leaves_the_answers_value_in_half_of_the_candidates_and_its_place_to_chance()
    {
        var matrices = RavenMatrices.Draw(4000, 3);
        foreach (var matrix in matrices)
        {
            foreach (var attribute in Attributes)
            {
                int right = matrix.Candidates[matrix.Answer][attribute];
                Assert.Equal(4, matrix.Candidates.Count(c => c[attribute] == right));
                Assert.Single(matrix.Candidates.Select(c => c[attribute]).Where(v => v != right).Distinct());
            }
        }
        double deviation = Math.Sqrt(4000 * (1 / 8.0) * (7 / 8.0));
        Assert.All(Enumerable.Range(0, 8), place => Assert.InRange(matrices.Count(m => m.Answer == place), 500 - 4 * deviation, 500 + 4 * deviation));
    }

    [Fact]
    public void Stated_rules_hold_and_no_panel_is_empty()
    {
        foreach (var matrix in RavenMatrices.Draw(500, 4))
        {
            foreach (var attribute in Attributes)
            {
                int[] v = [.. matrix.Context.Append(matrix.Candidates[matrix.Answer]).Select(panel => panel[attribute])];
                Assert.True(RavenMatrices.Holds(matrix.Rules[(int)attribute], [v[..3], v[3..6], v[6..]]));
            }
            Assert.InRange(matrix.Rules.Count(rule => rule is not (RavenRule.Constant or RavenRule.SameNumber)), 1, 2);
            Assert.All(matrix.Context.Concat(matrix.Candidates), panel => Assert.InRange(panel.Kinds, 1, 15));
        }
    }

    [Fact]
    public void Rules_by_hand()
    {
        Assert.True(RavenMatrices.Holds(RavenRule.Progression, [[0, 1, 2], [1, 2, 3]]));
        Assert.False(RavenMatrices.Holds(RavenRule.Progression, [[0, 1, 2], [3, 2, 1]]));
        Assert.False(RavenMatrices.Holds(RavenRule.Progression, [[1, 1, 1]]));
        Assert.True(RavenMatrices.Holds(RavenRule.ThreeValues, [[0, 1, 3], [3, 0, 1]]));
        Assert.False(RavenMatrices.Holds(RavenRule.ThreeValues, [[0, 1, 3], [2, 0, 1]]));
        Assert.False(RavenMatrices.Holds(RavenRule.ThreeValues, [[0, 1, 1]]));
        Assert.True(RavenMatrices.Holds(RavenRule.SameNumber, [[0b0110, 0b0011, 0b1001], [1, 2, 4]]));
        Assert.False(RavenMatrices.Holds(RavenRule.SameNumber, [[0b0110, 0b0011, 0b1101]]));
        Assert.True(RavenMatrices.Holds(RavenRule.And, [[0b0110, 0b0011, 0b0010]]));
        Assert.True(RavenMatrices.Holds(RavenRule.Or, [[0b0110, 0b0011, 0b0111]]));
        Assert.True(RavenMatrices.Holds(RavenRule.Xor, [[0b0110, 0b0011, 0b0101]]));
        Assert.False(RavenMatrices.Holds(RavenRule.Xor, [[0b0110, 0b0011, 0b0111]]));
    }

    [Fact]
    public void Regimes_differ_from_training_in_what_they_say()
    {
        IEnumerable<RavenMatrix> Of(string regime) => RavenMatrices.Draw(300, 5, new RavenSettings().For(regime));
        HashSet<(RavenRule, RavenRule)> Pairs(string regime) => [.. Of(regime).Select(m => (m.Rules[0], m.Rules[2]))];
        HashSet<int> Shades(string regime) => [.. Of(regime).SelectMany(m => m.Context.Concat(m.Candidates)).Select(p => p.Shade)];
        Assert.Empty(Pairs("neutral").Intersect(Pairs("held-out pairs")));
        Assert.Equal(2, Pairs("held-out pairs").Count);
        Assert.Equal([1, 3, 5, 7], Shades("neutral").Order());
        Assert.Empty(Shades("neutral").Intersect(Shades("interpolation")));
        Assert.True(Shades("interpolation").Min() > 1 && Shades("interpolation").Max() < 7 && Shades("extrapolation").Min() > 7);
        Assert.Contains("neutral", Assert.Throws<ArgumentException>(() => new RavenSettings().For("easy")).Message);
    }

    [Fact]
    public void A_matrix_follows_from_its_seed_and_number()
    {
        Assert.Equal(RavenMatrices.Draw(20, 1).Take(5).SelectMany(m => m.Context), RavenMatrices.Draw(5, 1).SelectMany(m => m.Context));
        Assert.NotEqual(RavenMatrices.Draw(5, 1).SelectMany(m => m.Context), RavenMatrices.Draw(5, 2).SelectMany(m => m.Context));
    }

    [Fact]
    public void A_panel_is_painted_where_and_as_dark_as_it_says()
    {
        foreach (int grid in new[] { 2, 3 })
        {
            RavenSettings settings = new(Grid: grid);
            int side = 8 * grid;
            HashSet<int> seen = [];
            for (int scatter = 0; scatter < 40; scatter++)
            {
                RavenPanel panel = new(3, 6, 0b0110, scatter);
                int[] slots = panel.Slots(grid * grid);
                byte[] ink = RavenMatrices.Paint(panel, settings);
                int Middle(int slot) => ink[(slot / grid * 8 + 4) * side + slot % grid * 8 + 4];
                Assert.Equal(4, slots.Distinct().Count());
                Assert.Equal(153, Middle(slots[1]));                                                  // 0.6 · 255, a square
                Assert.Equal(153, Middle(slots[2]));
                for (int i = 0; i < ink.Length; i++)                                                  // nothing in the others
                    if (!slots[1..3].Contains(i / side / 8 * grid + i % side / 8)) Assert.Equal(0, ink[i]);
                seen.Add(slots[1]);
            }
            Assert.Equal(grid * grid, seen.Count);                                                    // anywhere, in the course of time
        }
        double Ink(int kind, int size) => RavenMatrices.Paint(new RavenPanel(size, 10, 1 << kind, 0), new RavenSettings()).Sum(b => b / 255.0);
        for (int kind = 0; kind < 4; kind++)
        {
            for (int size = 0; size < 3; size++) Assert.True(Ink(kind, size + 1) > 1.1 * Ink(kind, size), $"kind {kind}, size {size}: {Ink(kind, size)}, {Ink(kind, size + 1)}");
            Assert.InRange(Ink(kind, 3) / Ink(kind, 1), 1.7, 2.7);                                    // (0.5 / 0.34)² = 2.16
        }
        Assert.InRange(Ink(0, 3), 0.9 * Math.PI * 16, 1.1 * Math.PI * 16);
    }

    [Fact]
    public void Data_has_a_rule_bit_for_each_attribute()
    {
        var matrices = RavenMatrices.Draw(6, 1);
        var data = RavenMatrices.Data(matrices, new RavenSettings());
        Assert.Equal([6, 16, 1, 16, 16], data.Pictures.shape);
        Assert.Equal([6, RavenMatrices.MetaBits], data.Meta!.shape);
        Assert.Equal(matrices.Select(m => (long)m.Answer), data.Answers.data<long>().ToArray());
        int at = 0;
        foreach (var attribute in Attributes)
            foreach (var rule in RavenMatrices.Family(attribute))
            {
                Assert.Equal(matrices.Select(m => m.Rules[(int)attribute] == rule ? 1f : 0), data.Meta![.., at].data<float>().ToArray());
                at++;
            }
        Assert.Equal(RavenMatrices.MetaBits, at);
    }

    // ------------------------------------------------------------------------------------ syllogisms

    [Fact]
    public void What_is_possible_is_what_sets_show()
    {
        // All triples of sets over five members, against the patterns of regions.
        static EulerRelation? Of(int x, int y) => x == y ? null : (x & y) == 0 ? EulerRelation.Disjoint : (x & ~y) == 0 ? EulerRelation.Inside
            : (y & ~x) == 0 ? EulerRelation.Contains : EulerRelation.Overlap;
        var seen = new HashSet<(EulerRelation, EulerRelation, EulerRelation)>();
        for (int a = 1; a < 32; a++)
            for (int b = 1; b < 32; b++)
                for (int c = 1; c < 32; c++)
                    if (Of(a, b) is { } ab && Of(b, c) is { } bc && Of(a, c) is { } ac) seen.Add((ab, bc, ac));
        foreach (var first in Enum.GetValues<EulerRelation>())
            foreach (var second in Enum.GetValues<EulerRelation>())
                Assert.Equal(Enum.GetValues<EulerRelation>().Select(third => seen.Contains((first, second, third))), EulerSyllogisms.Possible(first, second));
        Assert.Equal([true, false, false, false], EulerSyllogisms.Possible(EulerRelation.Inside, EulerRelation.Inside));              // Barbara
        Assert.Equal([false, false, true, false], EulerSyllogisms.Possible(EulerRelation.Inside, EulerRelation.Disjoint));            // Celarent
        Assert.Equal([true, true, true, true], EulerSyllogisms.Possible(EulerRelation.Disjoint, EulerRelation.Disjoint));             // nothing follows
    }

    [Fact]
    public void Circles_show_their_premises_and_share_one_colour()
    {
        static EulerRelation? Sampled(EulerCircle one, EulerCircle other)                             // by points of a grid
        {
            bool both = false, left = false, right = false;
            for (int i = 0; i < 10_000; i++)
            {
                bool In(EulerCircle c) => Math.Pow(i % 100 / 100.0 - c.X, 2) + Math.Pow(i / 100 / 100.0 - c.Y, 2) < c.Radius * c.Radius;
                var (x, y) = (In(one), In(other));
                (both, left, right) = (both || x && y, left || x && !y, right || y && !x);
            }
            return !both ? EulerRelation.Disjoint : left && right ? EulerRelation.Overlap : left ? EulerRelation.Contains : right ? EulerRelation.Inside : null;
        }
        foreach (var s in EulerSyllogisms.Draw(150, 2))
        {
            Assert.Equal(s.Premises.First, Sampled(s.First.A, s.First.B));
            Assert.Equal(s.Premises.Second, Sampled(s.Second.B, s.Second.C));
            Assert.Equal(s.First.B.Colour, s.Second.B.Colour);
            Assert.Equal(3, new[] { s.First.A.Colour, s.First.B.Colour, s.Second.C.Colour }.Distinct().Count());
            Assert.Equal(EulerSyllogisms.Possible(s.Premises.First, s.Premises.Second), s.Possible);
        }
        Assert.All(EulerSyllogisms.Draw(50, 2, (a, b, c) => b == 3), s => Assert.Equal(3, s.Second.B.Colour));
        Assert.Contains("colours", Assert.Throws<ArgumentException>(() => EulerSyllogisms.Draw(1, 1, (_, _, _) => false)).Message);
    }

    [Fact]
    public void Segmentation_gives_every_pixel_of_ink_to_the_contour_of_its_colour()
    {
        using var scope = NewDisposeScope();
        var some = EulerSyllogisms.Draw(60, 9);
        var diagrams = (EulerSyllogisms.Data(some, 24).Pictures.to(ScalarType.Float32) / 255).flatten(0, 1);
        var (contours, colours) = SyllogismNet.Segment(diagrams);
        Assert.Equal([120, 2, 2, 24, 24], contours.shape);
        Near(diagrams.amax(1).unsqueeze(1).expand(-1, 2, -1, -1), contours.sum(2));                    // own ink and the others'
        for (int d = 0; d < 120; d++)
        {
            var (one, other) = d % 2 == 0 ? some[d / 2].First : some[d / 2].Second;
            EulerCircle[] sorted = one.Colour < other.Colour ? [one, other] : [other, one];
            for (int k = 0; k < 2; k++)
            {
                Assert.Equal(1, colours[d, k, sorted[k].Colour].item<float>());
                var single = tensor(EulerSyllogisms.Paint([sorted[k]], 24), [3, 24, 24]).amax(0) > 0;
                Assert.False(((contours[d, k, 0] > 0) & ~single).any().item<bool>());                 // no ink of another
            }
        }
    }

    // ------------------------------------------------------------------------------------ edges

    [Fact]
    public void With_one_layer_and_open_gates_it_is_a_relation_network()
    {
        using var scope = NewDisposeScope();
        using var edges = Joined(Small with { Layers = 1, Gates = false });
        var p = edges.named_parameters().ToDictionary(x => x.name, x => x.parameter.detach());
        var (sources, target) = (randn(1, 2, 4, 7), randn(1, 4, 7));
        Tensor Norm(string name, Tensor x)
        {
            var norm = (BatchNorm1d)edges.named_children().Single(c => c.name == name).module;
            return ((x - norm.running_mean!) / (norm.running_var! + norm.eps).sqrt() * p[$"{name}.weight"] + p[$"{name}.bias"]).relu();
        }
        var nodes = Enumerable.Range(0, 4).Select(j =>
        {
            var panels = Enumerable.Range(0, 2).Select(s =>
            {
                var e = stack(Enumerable.Range(0, 4).Select(i => Norm("norm2", p["w2"].mv(Norm("norm1", p["w1.weight"].mv(cat([sources[0, s, i], target[0, j]])))))));
                return cat([e.sum(0), e.mean([0]), e.amax(0)]);
            });
            return Norm("norm3", p["w3.weight"].mv(cat([.. panels])));
        });
        Near(stack(nodes).unsqueeze(0), edges.Update(sources, target));
    }

    [Fact]
    public void A_layer_reads_its_own_units_only()
    {
        using var scope = NewDisposeScope();
        using var edges = Joined();
        var z = edges.Hidden(randn(2, 2, 4, 7), randn(2, 4, 7));                                      // [.., 3 · 6]
        Assert.Equal([2, 2, 4, 4, 18], z.shape);
        var whole = edges.Edges(z);
        for (int k = 0; k < 3; k++)
        {
            var cut = z.clone();
            cut.narrow(-1, 6 * k, 6).zero_();
            var changed = (edges.Edges(cut) - whole).abs().amax([0, 1, 2, 3]).view(3, 4).amax(1);     // a number a layer
            for (int other = 0; other < 3; other++) Assert.Equal(other == k, changed[other].item<float>() > 1e-6);
        }
    }

    [Fact]
    public void The_order_of_sources_does_not_matter_and_that_of_targets_is_kept()
    {
        using var scope = NewDisposeScope();
        using var edges = Joined();
        var (sources, target, order) = (randn(2, 2, 4, 7), randn(2, 4, 7), tensor(new long[] { 2, 0, 3, 1 }));
        var n = edges.Update(sources, target);
        Near(n, edges.Update(sources.index_select(2, order), target));
        Near(n.index_select(1, order), edges.Update(sources, target.index_select(1, order)));
        Assert.True((n - edges.Update(sources.index_select(1, tensor(new long[] { 1, 0 })), target)).abs().max().item<float>() > 1e-3);  // panels 1 and 2 are not alike
    }

    [Fact]
    public void Poolings_and_gates_stand_as_they_must()
    {
        using var scope = NewDisposeScope();
        using var edges = Joined();
        var e = edges.Edges(edges.Hidden(randn(3, 2, 4, 7), randn(3, 5, 7)));                         // four sources, five targets
        var u = MultiplexEdges.Aggregate(e);
        Assert.Equal([3, 2, 5, 36], u.shape);
        var (sum, mean, max) = (u.narrow(-1, 0, 12), u.narrow(-1, 12, 12), u.narrow(-1, 24, 12));
        Near(sum / 4, mean);
        Near(e[0, 1, .., 3].amax(0), max[0, 1, 3]);
        Assert.True((max >= mean - 1e-6).all().item<bool>() && (u >= 0).all().item<bool>());
        var gates = edges.Gate(u);
        Assert.Equal([3, 2, 5, 9], gates.shape);
        Assert.True(((gates > 0) & (gates < 1)).all().item<bool>());
        Near(u * gates.repeat_interleave(4, -1), edges.Gated(u));                                     // one value a pooling and layer
        // The gate of a layer sees the other layers.
        var other = u.clone();
        other.narrow(-1, 4, 4).add_(1);
        Assert.True((edges.Gate(other) - gates).select(-1, 0).abs().min().item<float>() > 0);
    }

    // ------------------------------------------------------------------------------------ networks

    [Fact]
    public void The_papers_sizes()
    {
        using var scope = NewDisposeScope();
        using var model = Raven(new MultiplexSettings());
        var (objects, maps) = model.Objects(rand([1, 16, 1, 80, 80]));
        Assert.Equal([1, 16, 25, 57], objects.shape);
        Assert.Equal([1, 16, 32, 10, 10], maps.shape);
        Near(eye(25), objects[0, 3, .., 32..]);                                                       // the slots' tags
        var (scores, meta) = model.call(rand([1, 16, 1, 80, 80]));
        Assert.Equal([1, 8], scores.shape);
        Assert.Equal([1, RavenMatrices.MetaBits], meta!.shape);
        var shapes = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.shape);
        Assert.Equal([192, 114], shapes["edges.w1.weight"]);
        Assert.Equal([48, 192], shapes["edges.w2"]);
        Assert.Equal([18, 144], shapes["edges.gate.weight"]);
        Assert.Equal([64, 288], shapes["edges.w3.weight"]);
    }

    [Fact]
    public void A_shared_scorer_follows_its_candidates_and_the_papers_joint_one_does_not()
    {
        using var scope = NewDisposeScope();
        var x = Pictures(3);
        int[] order = [5, 2, 7, 0, 1, 6, 3, 4];
        var data = new DiagramData(x, tensor(new long[] { 7, 0, 3 }));
        var moved = MultiplexReasoning.Reorder(data, order);
        Assert.Equal([2L, 3, 6], moved.Answers.data<long>().ToArray());                               // where 7, 0 and 3 stand in the order
        Near(x[1, 8 + 0], moved.Pictures[1, 8 + 3]);
        var to = tensor(order.Select(i => (long)i).ToArray());
        foreach (bool shared in new[] { true, false })
        {
            using var model = Raven(Small with { SharedScorer = shared });
            var (before, meta) = model.call(x);
            var (after, metaAfter) = model.call(moved.Pictures);
            Near(meta!, metaAfter!);
            Assert.Equal(shared, (before.index_select(1, to) - after).abs().max().item<float>() < 1e-5);
        }
    }

    [Fact]
    public void With_columns_a_matrix_may_be_read_either_way()
    {
        using var scope = NewDisposeScope();
        using var model = Raven(Small with { Columns = true });
        var x = Pictures(2);
        var turned = x.index_select(1, tensor(new long[] { 0, 3, 6, 1, 4, 7, 2, 5, 8, 9, 10, 11, 12, 13, 14, 15 }));
        Near(model.call(x).Scores, model.call(turned).Scores);
        using var rows = Raven();
        Assert.True((rows.call(x).Scores - rows.call(turned).Scores).abs().max().item<float>() > 1e-4);
    }

    [Fact]
    public void A_batch_of_two_is_two_batches_of_one()
    {
        using var scope = NewDisposeScope();
        var syllogisms = EulerSyllogisms.Data(EulerSyllogisms.Draw(2, 1), 16).Pictures.to(ScalarType.Float32) / 255;
        nn.Module<Tensor, (Tensor Scores, Tensor? Meta)>[] models =
            [Raven(), Raven(Small with { Edges = PanelEdges.None }), new PanelCnn(9, 1, 10, Small), new SyllogismNet(Small), new PanelCnn(6, 4, 0, Small)];
        foreach (var (i, model) in models.Index())
        {
            model.eval();
            var x = i < 3 ? Pictures(2) : syllogisms;
            Near(cat([model.call(x[..1]).Scores, model.call(x[1..]).Scores]), model.call(x).Scores);
            model.Dispose();
        }
    }

    [Fact]
    public void The_gradient_reaches_every_parameter_and_a_loss_without_knowledge_is_in_closed_form()
    {
        using var scope = NewDisposeScope();
        var raven = RavenMatrices.Data(RavenMatrices.Draw(8, 1), new RavenSettings()).Batch([.. Enumerable.Range(0, 8)]);
        var euler = EulerSyllogisms.Data(EulerSyllogisms.Draw(32, 1), 16).Batch([.. Enumerable.Range(0, 32)]);
        foreach (var edges in Enum.GetValues<PanelEdges>())
        {
            var settings = Small with { Edges = edges, Columns = true };
            nn.Module<Tensor, (Tensor Scores, Tensor? Meta)>[] models = [Raven(settings), new SyllogismNet(settings), new PanelCnn(9, 1, 10, settings)];
            foreach (var (i, model) in models.Index())
            {
                model.train();
                MultiplexReasoning.Loss(model, i == 1 ? euler : raven, 5).backward();
                // Without edges a matrix is read from the maps, and nothing asks for objects.
                // Nor does a softmax over candidates ask for what is added to all of them.
                var learning = model.named_parameters().Where(p => !(i == 0 && edges == PanelEdges.None && p.name.StartsWith("encoder.objects"))
                    && !(i != 1 && p.name == "last.1.bias"));
                Assert.All(learning, p => Assert.True(p.parameter.grad is not null && p.parameter.grad.abs().max().item<float>() > 0, p.name));
                model.Dispose();
            }
        }
        using var blank = Raven();
        using (no_grad())
            foreach (var (name, parameter) in blank.named_parameters()) if (name.StartsWith("last") || name.StartsWith("meta")) parameter.zero_();
        Assert.Equal(Math.Log(8) + 5 * Math.Log(2), MultiplexReasoning.Loss(blank, raven, 5).item<float>(), 4);
        Assert.Equal(Math.Log(8), MultiplexReasoning.Loss(blank, raven, 0).item<float>(), 4);
    }

    // ------------------------------------------------------------------------------------ training

    [Fact]
    public void On_matrices_training_beats_chance_and_the_candidates_alone_do_not()
    {
        using var scope = NewDisposeScope();
        RavenSettings world = new();
        using var model = Raven(Small with { Channels = 16, NodeWidth = 24, Hidden = 12, Relation = 16, Reasoning = 24 });
        MultiplexReasoning.Train(model, RavenMatrices.Data(RavenMatrices.Draw(900, 1), world), null, Small with { Epochs = 4 });
        var test = RavenMatrices.Data(RavenMatrices.Draw(400, 2), world);
        double right = MultiplexReasoning.Accuracy(model, test);
        Assert.True(right > 0.125 + 0.08, $"{right}: chance is one in eight");
        test.Pictures.narrow(1, 0, 8).zero_();
        double blind = MultiplexReasoning.Accuracy(model, test);
        Assert.True(blind < 0.125 + 0.06, $"{blind} without the context");
    }

    [Fact]
    public void On_syllogisms_training_beats_the_most_frequent_answer()
    {
        using var scope = NewDisposeScope();
        var (train, test) = (EulerSyllogisms.Draw(1500, 1), EulerSyllogisms.Draw(400, 2));
        var settings = Small with { Layers = 4, Hidden = 16, EdgeWidth = 8, NodeWidth = 32, Channels = 16, Last = 64, Epochs = 6 };
        using var model = MultiplexReasoning.Create(s => new SyllogismNet(s), settings);
        MultiplexReasoning.Train(model, EulerSyllogisms.Data(train, 16), null, settings);
        string most = train.GroupBy(s => string.Concat(s.Possible)).MaxBy(g => g.Count())!.Key;
        double majority = test.Average(s => string.Concat(s.Possible) == most ? 1.0 : 0), right = MultiplexReasoning.Accuracy(model, EulerSyllogisms.Data(test, 16));
        Assert.True(right > majority + 0.1, $"{right}, the most frequent answer {majority}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_and_a_run_goes_on_where_it_stopped()
    {
        using var scope = NewDisposeScope();
        var data = RavenMatrices.Data(RavenMatrices.Draw(64, 1), new RavenSettings());
        string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "mxg");
        float[] Scores(MultiplexSettings settings, string? checkpoint, MxgNet? model = null)
        {
            model ??= Raven(settings);
            MultiplexReasoning.Train(model, data, null, settings, checkpoint: checkpoint);
            return model.call(Pictures(2)).Scores.detach().flatten().data<float>().ToArray();
        }
        var whole = Scores(Small with { Dropout = 0.3 }, null);
        Assert.Equal(whole, Scores(Small with { Dropout = 0.3 }, null));
        Scores(Small with { Dropout = 0.3, Epochs = 1 }, file);
        Assert.Equal(whole, Scores(Small with { Dropout = 0.3 }, file));
        Assert.NotEqual(whole, Scores(Small with { Dropout = 0.3, Seed = 2 }, null));
    }

    // ------------------------------------------------------------------------------------ bad input

    [Fact]
    public void Bad_input_is_named()
    {
        using var scope = NewDisposeScope();
        using var model = Raven();
        Assert.Contains("[B, 16, 1, 16, 16]", Assert.Throws<ArgumentException>(() => model.call(rand([2, 9, 1, 16, 16]))).Message);
        using var syllogism = new SyllogismNet(Small);
        Assert.Contains("[B, 2, 3, 16, 16]", Assert.Throws<ArgumentException>(() => syllogism.call(rand([2, 2, 1, 16, 16]))).Message);
        Assert.Contains("multiple of 16", Assert.Throws<ArgumentException>(() => new PanelEncoder(1, new MultiplexSettings(Side: 24))).Message);
        using var edges = Joined();
        Assert.Contains("O = 7", Assert.Throws<ArgumentException>(() => edges.Update(rand(1, 2, 4, 6), rand(1, 4, 6))).Message);
        Assert.Contains("shades", Assert.Throws<ArgumentException>(() => RavenMatrices.Draw(1, 1, new RavenSettings { Shades = [1, 2] })).Message);
        Assert.Contains("Allows", Assert.Throws<ArgumentException>(() => RavenMatrices.Draw(1, 1, new RavenSettings { Allows = _ => false })).Message);
        Assert.Contains("draw more", Assert.Throws<ArgumentException>(() =>
            MultiplexReasoning.Train(model, RavenMatrices.Data(RavenMatrices.Draw(4, 1), new RavenSettings()), null, Small)).Message);
    }
}
