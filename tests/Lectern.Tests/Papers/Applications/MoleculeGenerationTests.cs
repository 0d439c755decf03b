using Lectern.Papers.Applications;
using Lectern.Papers.Applications.Molecules;
using Lectern.Tests.Data;
using Lectern.Tests.Papers.Applications.Molecules;

namespace Lectern.Tests.Papers.Applications;

/// <summary>GraphAF: its graph network and flows against plain formulas, the sheet's invariants, and what training and
/// tuning are worth.</summary>
public sealed class MoleculeGenerationTests
{
    private static readonly Element[] Four = [Element.C, Element.N, Element.O, Element.F];

    private static readonly MoleculeGenerationSettings Small = new(Four, MaxAtoms: 7, Window: 6, Width: 16, Layers: 2, FlowLayers: 3, FlowHidden: 16, Epochs: 2);

    private static readonly IReadOnlyList<Molecule> World = MoleculeEnumeration.UpTo(4);

    /// <summary>A model whose flows are no identity: every parameter is drawn at random.</summary>
    private static MoleculeGeneration Fresh(MoleculeGenerationSettings? settings = null, bool drawn = true, int seed = 1)
    {
        manual_seed(seed);
        var model = new MoleculeGeneration(settings ?? Small);
        using var quiet = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (drawn && name.Contains("outer", StringComparison.Ordinal)) parameter.copy_(0.5 * randn(parameter.shape));
        model.eval();
        return model;
    }

    private static double Largest(Tensor x) => x.abs().max().item<float>();

    // ------------------------------------------------------------------------------------ growths

    [Fact]
    public void A_growth_is_the_molecule_breadth_first_with_an_end_that_has_no_bond()
    {
        foreach (string smiles in (string[])["CC(=O)NC", "FC1=CC=NO1", "C", "N#CC=O"])
            for (int k = 0; k < 6; k++)
            {
                var molecule = Molecule.Parse(smiles);
                var growth = Growth.Of(molecule, Small, 1, k);
                Assert.True(growth.HasEnded);
                Assert.Equal(molecule.Smiles, growth.ToMolecule(Small).Smiles);
                Assert.Equal(molecule.Atoms.Count + 1, growth.Types.Count);
                // Breadth first: an atom's earliest neighbour never lies before that of the atom before.
                int[] parents = [.. Enumerable.Range(1, molecule.Atoms.Count - 1).Select(i => growth.Bonds.Where(b => b.B == i).Min(b => b.A))];
                Assert.Equal(parents.Order(), parents);
                // i atoms before, i choices of bonds, in order.
                Assert.Equal(Enumerable.Range(0, growth.Types.Count).SelectMany(i => Enumerable.Range(-1, i + 1).Select(j => (i, j))), growth.Choices.Select(c => (c.Atom, c.Other)));
            }
        Assert.True(Enumerable.Range(0, 8).Select(k => Growth.Of(Molecule.Parse("CCO"), Small, 1, k).Types[0]).Distinct().Count() == 2);
        var full = Growth.Of(Molecule.Parse("CCCCCCC"), Small, 1);
        Assert.False(full.HasEnded);                                                                // there is no room for an end
    }

    [Fact]
    public void What_does_not_fit_the_settings_is_said()
    {
        string Of(string smiles, MoleculeGenerationSettings settings) => Assert.Throws<ArgumentException>(() => Growth.Of(Molecule.Parse(smiles), settings, 1)).Message;
        Assert.Contains("8 atoms", Of("CCCCCCCC", Small), StringComparison.Ordinal);
        Assert.Contains("has Cl", Of("CCl", Small), StringComparison.Ordinal);
        Assert.Contains("raise Window", Of("C1CCCCC1", Small with { Window = 1 }), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new MoleculeGeneration(Small with { Elements = [Element.C, Element.C] }));
        Assert.Throws<ArgumentException>(() => new MoleculeGeneration(Small with { Noise = 2 }));
        Assert.Throws<ArgumentException>(() => MoleculeGeneration.Train([], Small));
        using var model = Fresh();
        Assert.Throws<ArgumentException>(() => model.Loss([]));
    }

    // ------------------------------------------------------------------------------------ the graph network

    [Fact]
    public void Rows_are_the_papers_formula_written_out_for_each_choice_by_itself()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var growth = Growth.Of(Molecule.Parse("C1=CC(F)=NO1"), Small, 4);
        var batch = model.Collect([growth, growth]);
        var (rows, pooled) = model.Embed(batch);
        var p = model.named_parameters().ToDictionary(x => x.name, x => x.parameter);
        int bond = 0, atom = 0;
        // Step by step with dense matrices: the atoms and bonds there are when a choice is made.
        for (int at = 0; at < growth.Choices.Count; at++)
        {
            var (i, j, _, _, _) = growth.Choices[at];
            int n = growth.Choices.Take(at).Count(c => c.Other < 0);
            var seen = growth.Choices.Take(at).Where(c => c.Other >= 0 && c.Value != Growth.NoBond).ToList();
            var h = zeros(n, 4);
            for (int v = 0; v < n; v++) h[v, growth.Types[v]] = ones([]);
            h = h.mm(p["embedding"]);
            for (int l = 0; l < 2; l++)
            {
                var next = zeros(n, 16);
                for (int r = 0; r < 3; r++)
                {
                    var e = eye(n);
                    foreach (var c in seen.Where(c => c.Value == r)) e[c.Atom, c.Other] = e[c.Other, c.Atom] = ones([]);
                    var d = diag(e.sum(1).pow(-0.5));
                    next += d.mm(e).mm(d).mm(h).mm(p[$"relations.{l}"].narrow(0, 16 * r, 16).t()).relu();
                }
                h = next;
            }
            h = h / Math.Sqrt(1 + 1e-5);                                                            // the norm, before training
            if (j < 0) Assert.True(Largest(pooled[batch.Atoms[atom++].Graph] - h.sum(0)) < 1e-5);
            else
            {
                var context = MoleculeGeneration.PairContext(batch, rows, pooled)[bond++];
                Assert.True(Largest(context - cat([h[i], h[j], h.sum(0)], 0)) < 1e-5);
            }
        }
        Assert.Equal((6 + 1, 6 * 7 / 2), (atom, bond));
        Assert.True(batch.Graphs < 2 * 21, "Choices that see the same sub-graph share it.");
    }

    [Fact]
    public void Other_numbers_of_the_atoms_permute_the_rows_and_leave_the_sum()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var (a, b) = (new GrowthBatch(4), new GrowthBatch(4));
        int[] place = [2, 0, 3, 1];
        Bond[] bonds = [new(0, 1, 2), new(1, 2, 1), new(2, 3, 3), new(0, 3, 1)];
        int[] types = [0, 1, 2, 0], moved = new int[4];
        for (int v = 0; v < 4; v++) moved[place[v]] = types[v];
        a.AddGraph(types, bonds);
        b.AddGraph(moved, [.. bonds.Select(x => new Bond(place[x.B], place[x.A], x.Order))]);
        var ((rows, sum), (otherRows, otherSum)) = (model.Embed(a), model.Embed(b));
        for (int v = 0; v < 4; v++) Assert.True(Largest(rows[v] - otherRows[place[v]]) < 1e-5);
        Assert.True(Largest(sum - otherSum) < 1e-5);
        Assert.True(Largest(rows[0] - rows[3]) > 1e-3);                                             // two carbons, two places
    }

    // ------------------------------------------------------------------------------------ the flow

    [Fact]
    public void A_flow_undoes_itself_and_its_determinant_is_that_of_its_Jacobian()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var flow = model.AtomFlow;
        var (z, context) = (randn(40, 4), randn(40, 16));
        var (epsilon, determinant) = flow.Forward(z, context);
        Assert.True(Largest(epsilon - z) > 0.1);
        Assert.True(Largest(flow.Inverse(epsilon, context) - z) < 1e-5);
        Assert.True(Largest(flow.Forward(flow.Inverse(z, context), context).Epsilon - z) < 1e-5);
        // Jacobian, row by row, by autograd.
        var point = z.narrow(0, 0, 1).detach().requires_grad_();
        var image = flow.Forward(point, context.narrow(0, 0, 1)).Epsilon;
        var jacobian = stack([.. Enumerable.Range(0, 4).Select(k => autograd.grad([image[0, k]], [point], retain_graph: true)[0][0])]);
        Assert.Equal(Math.Log(Math.Abs(linalg.det(jacobian).item<float>())), determinant[0].item<float>(), 1e-4);
        // All layers together are one affine map a dimension: differences are stretched alike, whatever the point.
        var (one, other) = (flow.Forward(z + 1, context).Epsilon - epsilon, flow.Forward(z - 2, context).Epsilon - epsilon);
        Assert.True(Largest(other + 2 * one) < 1e-3 * (1 + Largest(one)));
        var (mean, deviation) = flow.Gaussian(context);
        Assert.True(Largest((z - mean) / deviation - epsilon) < 1e-3 * (1 + Largest(epsilon)));
        Assert.True(deviation.min().item<float>() > 0);
        // And the density is that of the Gaussian.
        var expected = -0.5 * ((z - mean) / deviation).square().sum(1) - deviation.log().sum(1) - 2 * Math.Log(2 * Math.PI);
        Assert.True(Largest((flow.LogDensity(z, context) - expected) / expected) < 1e-3);
    }

    [Fact]
    public void At_the_start_a_flow_is_the_identity_and_z_a_standard_Gaussian()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(drawn: false);
        var (z, context) = (randn(10, 4), randn(10, 48));
        var (epsilon, determinant) = model.BondFlow.Forward(z, context);
        Assert.True(Largest(epsilon - z) < 1e-6);
        Assert.True(Largest(determinant) < 1e-6);
        Assert.True(Largest(model.BondFlow.LogDensity(z, context) + 0.5 * z.square().sum(1) + 2 * Math.Log(2 * Math.PI)) < 1e-5);
    }

    // ------------------------------------------------------------------------------------ densities

    [Fact]
    public void What_comes_later_does_not_matter_and_all_steps_at_once_are_each_by_itself()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var growth = Growth.Of(Molecule.Parse("CC(=O)NC=O"), Small, 2);
        var batch = model.Collect([growth]);
        var (z, pairs) = model.Dequantise(batch);
        var (atoms, bonds) = model.LogDensities(batch, z, pairs);
        // Each choice as the last one of a growth that stops there, or goes on otherwise.
        var prefix = new Growth();
        int atom = 0, bond = 0;
        foreach (var choice in growth.Choices)
        {
            prefix.Add(choice with { Value = choice.Other < 0 ? (choice.Value + 1) % 4 : Growth.NoBond });
            var alone = model.Collect([prefix]);
            var (a, b) = model.LogDensities(alone, z.narrow(0, 0, alone.Atoms.Count), pairs.narrow(0, 0, alone.Bonds.Count));
            // The choice itself, changed or not, is not seen by its own density; z is given.
            if (choice.Other < 0) Assert.Equal(atoms[atom++].item<float>(), a[^1].item<float>(), 1e-3);
            else Assert.Equal(bonds[bond++].item<float>(), b[^1].item<float>(), 1e-3);
            prefix = Repeat(growth, alone.Atoms.Count + alone.Bonds.Count);
        }
        Assert.Equal(growth.Choices.Count, atom + bond);

        static Growth Repeat(Growth whole, int count)
        {
            var part = new Growth();
            foreach (var choice in whole.Choices.Take(count)) part.Add(choice);
            return part;
        }
    }

    [Fact]
    public void Two_molecules_in_a_batch_are_two_batches_of_one_and_noise_never_changes_what_is_read_off()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        Growth[] two = [Growth.Of(Molecule.Parse("CCO"), Small, 1), Growth.Of(Molecule.Parse("N#CC=C"), Small, 1)];
        var batch = model.Collect(two);
        var (z, pairs) = model.Dequantise(batch);
        Assert.Equal(batch.Atoms.Select(a => (long)a.Value), z.argmax(1).data<long>().ToArray());
        Assert.Equal(batch.Bonds.Select(b => (long)b.Value), pairs.argmax(1).data<long>().ToArray());
        var (atoms, bonds) = model.LogDensities(batch, z, pairs);
        var first = model.Collect([two[0]]);
        int a = first.Atoms.Count, b = first.Bonds.Count;
        var second = model.Collect([two[1]]);
        var (firstAtoms, firstBonds) = model.LogDensities(first, z.narrow(0, 0, a), pairs.narrow(0, 0, b));
        var (secondAtoms, secondBonds) = model.LogDensities(second, z.narrow(0, a, z.shape[0] - a), pairs.narrow(0, b, pairs.shape[0] - b));
        Assert.True(Largest(cat([firstAtoms, secondAtoms], 0) - atoms) < 1e-3);
        Assert.True(Largest(cat([firstBonds, secondBonds], 0) - bonds) < 1e-3);
        Assert.Equal(4L * (z.shape[0] + pairs.shape[0]), batch.Dimensions);
    }

    // ------------------------------------------------------------------------------------ sampling

    [Fact]
    public void Every_molecule_is_decoded_from_its_own_noise()
    {
        using var model = Fresh();
        Assert.All(World.Where((_, k) => k % 15 == 0), m =>
            Assert.Equal(m.Smiles, model.Decode(model.Encode(Growth.Of(m, Small, 5), 7)).ToMolecule(Small).Smiles));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void With_the_check_every_molecule_is_valid_whatever_the_parameters_are_and_without_it_is_not(int seed)
    {
        var wide = Small with { Elements = [Element.C, Element.N, Element.O, Element.F, Element.P, Element.S, Element.Cl, Element.Br, Element.I] };
        using var model = Fresh(wide, seed: seed);
        Assert.All(model.Generate(200, check: true, temperature: 1), g => Assert.True(g.ToMolecule(wide).IsValid()));
        using var untrained = Fresh(wide, drawn: false);
        var without = untrained.Generate(200, check: false, temperature: 1);
        Assert.InRange(without.Count(g => g.ToMolecule(wide).IsValid()), 0, 60);
        Assert.DoesNotContain(without, g => g.Choices.Any(c => c.Rejected));
        Assert.All(untrained.Generate(200, temperature: 1), g => Assert.True(g.ToMolecule(wide).IsValid()));
    }

    [Fact]
    public void A_seed_gives_the_same_molecules_however_many_are_asked_for()
    {
        using var model = Fresh(drawn: false);
        string[] some = [.. model.Generate(5).Select(g => g.ToMolecule(Small).Smiles)], more = [.. model.Generate(40).Select(g => g.ToMolecule(Small).Smiles)];
        Assert.Equal(some, more[..5]);
        Assert.NotEqual(more, model.Generate(40, seed: 2).Select(g => g.ToMolecule(Small).Smiles));
        Assert.True(more.Distinct().Count() > 20);
        Assert.Empty(model.Generate(0));
        Assert.All(model.Generate(20, smallest: 4), g => Assert.InRange(g.ToMolecule(Small).Atoms.Count, 4, 7));
        Assert.Throws<InvalidOperationException>(() => model.Generate(1, smallest: 8));
    }

    [Fact]
    public void Shares_by_hand()
    {
        var broken = Molecule.Of([Element.F, Element.F], [new Bond(0, 1, 2)]);
        Molecule[] made = [Molecule.Parse("CO"), Molecule.Parse("OC"), Molecule.Parse("CN"), Molecule.Parse("N"), broken];
        Assert.Equal(new MoleculeMetrics(5, 0.8, 0.75, 2.0 / 3), MoleculeMetrics.Of(made, new HashSet<string> { "CN" }));
        Assert.Equal(new MoleculeMetrics(0, 0, 0, 0), MoleculeMetrics.Of([], new HashSet<string>()));
    }

    [Fact]
    public void RDKit_agrees_on_a_thousand_generated_molecules_with_and_without_the_check()
    {
        using var model = Fresh(Small with { MaxAtoms = 9, Window = 8 }, drawn: false);
        List<Molecule> Made(bool check) => [.. model.Generate(500, check, temperature: 1).Select(g => g.ToMolecule(model.Settings))];
        var (with, without) = (Made(true), Made(false));
        Assert.True(with.All(m => m.IsValid()) && without.Count(m => !m.IsValid()) > 100);
        Assert.Equal((0, 0, 0), RDKit.Disagreements([.. with, .. without]));
    }

    // ------------------------------------------------------------------------------------ training and tuning

    [Fact]
    public void Training_finds_densities_and_valences_far_above_those_of_the_start()
    {
        using var scope = NewDisposeScope();
        var settings = Small with { MaxAtoms = 4, Window = 3, Epochs = 12, Width = 24, FlowLayers = 1, FlowHidden = 24 };
        var (train, held) = (World.Where((_, k) => k % 5 != 0).ToList(), World.Where((_, k) => k % 5 == 0).ToList());
        using var start = Fresh(settings, drawn: false);
        double before = start.Evaluate(held);
        double ValidOf(MoleculeGeneration model) => model.Generate(300, check: false, seed: 3).Count(g => g.ToMolecule(settings).IsValid()) / 300.0;
        double validBefore = ValidOf(start);
        var (model, history) = MoleculeGeneration.Train(train, settings, held);
        Assert.True(history["held-out"][^1] < before - 0.4, $"{before:0.000} -> {history["held-out"][^1]:0.000} nats a dimension.");
        Assert.True(ValidOf(model) > validBefore + 0.15, $"{validBefore:0.00} -> {ValidOf(model):0.00} valid without the check.");
        // Its own molecules are denser than the same atoms in another arrangement.
        var real = Molecule.Parse("CC(=O)N");
        var shuffled = Molecule.Of([Element.O, Element.O, Element.F, Element.N], [new Bond(0, 1, 3), new Bond(1, 2, 3), new Bond(2, 3, 3)]);
        Assert.True(model.Evaluate([real]) < model.Evaluate([shuffled]) - 0.1);
        foreach (var (name, parameter) in model.named_parameters()) Assert.True(parameter.grad!.abs().max().item<float>() > 0, name);

        // Towards molecules that like oil.
        double LogP() => model.Generate(300, seed: 9).Average(g => CrippenLogP.Of(g.ToMolecule(settings)));
        double logP = LogP();
        var steps = MoleculeTuning.Run(model, CrippenLogP.Of, new MoleculeTuningSettings(Steps: 40, Batch: 32, LearningRate: 5e-4));
        Assert.True(LogP() > logP + 0.4, $"{logP:0.00} -> {LogP():0.00}.");
        Assert.Equal(40, steps.Count);
        Assert.All(model.Generate(100), g => Assert.True(g.ToMolecule(settings).IsValid()));
        Assert.Throws<InvalidOperationException>(() => MoleculeTuning.Run(model, _ => double.NaN, new MoleculeTuningSettings(Steps: 1)));
    }

    [Fact]
    public void It_goes_on_from_a_checkpoint_as_if_it_had_not_stopped()
    {
        using var scope = NewDisposeScope();
        string file = Path.Combine(Path.GetTempPath(), $"lectern-molecules-{Environment.ProcessId}.zip");
        var settings = Small with { Epochs = 3 };
        var some = World.Take(100).ToList();
        try
        {
            var (whole, history) = MoleculeGeneration.Train(some, settings);
            MoleculeGeneration.Train(some, settings with { Epochs = 1 }, checkpoint: file);
            var (resumed, other) = MoleculeGeneration.Train(some, settings, checkpoint: file);
            Assert.Equal(history.Loss[^1], other.Loss[^1], 1e-5);
            Assert.Equal(whole.Evaluate(some), resumed.Evaluate(some), 1e-4);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_first_update_is_REINFORCE_and_a_ratio_beyond_the_clip_has_no_gradient()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var growths = model.Generate(6, seed: 2);
        var batch = new GrowthBatch(4);
        int count = growths.Sum(g => batch.Add(g, drawn: true).Count);
        Assert.Equal(growths.Sum(g => g.Choices.Count(c => c.Z is not null)), count);
        Assert.Equal(count, batch.Atoms.Count + batch.Bonds.Count);
        var advantages = randn(count);
        Tensor[] Gradients(Func<Tensor, Tensor> objective)
        {
            model.zero_grad();
            objective(MoleculeTuning.Densities(model, batch)).backward();
            return [.. model.parameters().Where(p => p.grad is not null).Select(p => p.grad!.clone())];
        }
        var clipped = Gradients(now => MoleculeTuning.Objective(now, now.detach(), advantages, 0.2));
        var reinforce = Gradients(now => -(now * advantages).mean());
        for (int k = 0; k < clipped.Length; k++) Assert.True(Largest(clipped[k] - reinforce[k]) < 1e-4 * (1 + Largest(reinforce[k])));

        var densities = tensor(new[] { 0.5f, 0.5f, -0.5f, -0.5f, 0.1f }, requires_grad: true);
        MoleculeTuning.Objective(densities, zeros(5), tensor(new[] { 1f, -1, 1, -1, 1 }), 0.2).backward();
        double[] expected = [0, Math.Exp(0.5) / 5, -Math.Exp(-0.5) / 5, 0, -Math.Exp(0.1) / 5];
        for (int k = 0; k < 5; k++) Assert.Equal(expected[k], densities.grad![k].item<float>(), 1e-5);
    }

    [Fact]
    public void Rewards_shrink_an_atom_back_and_a_rejected_bond_costs_one()
    {
        Assert.Equal(5, MoleculeTuning.Return(new Choice(3, -1, 0), 5, 4, 0.9));
        Assert.Equal(5 * 0.81 - 1, MoleculeTuning.Return(new Choice(1, 0, 2, Rejected: true), 5, 4, 0.9), 12);
    }

    // ------------------------------------------------------------------------------------ real molecules

    [Fact]
    public void ZINC_in_its_neutral_form_fits_the_papers_settings_and_is_reconstructed()
    {
        var settings = new MoleculeGenerationSettings([Element.C, Element.N, Element.O, Element.F, Element.P, Element.S, Element.Cl, Element.Br, Element.I], Width: 16, FlowLayers: 2, FlowHidden: 16);
        using var model = Fresh(settings);
        var some = File.ReadLines(TestData.RequireStore().Require("zinc")["test.txt"]).Take(60).Select(Molecule.Parse).Select(m => m.Neutral()).OfType<Molecule>().ToList();
        Assert.True(some.Count > 50);
        foreach (var molecule in some)
        {
            var growth = Growth.Of(molecule, settings, 1);
            // Hydrogens are not part of a growth: where an element has several valences they follow from the smallest.
            Assert.Equal(Molecule.Of([.. molecule.Atoms.Select(a => a.Element)], molecule.Bonds).Smiles, growth.ToMolecule(settings).Smiles);
        }
        foreach (var molecule in some.Take(4))
            Assert.Equal(molecule.Smiles, model.Decode(model.Encode(Growth.Of(molecule, settings, 1))).ToMolecule(settings).Smiles);
    }
}
