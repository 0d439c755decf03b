using Lectern.Papers.Applications.Molecules;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>Settings of the fine-tuning; the defaults are the released program's.</summary>
/// <param name="Steps">Batches of molecules.</param>
/// <param name="Batch">Molecules of a step.</param>
/// <param name="Updates">Steps of Adam on each batch.</param>
/// <param name="Clip">How far the ratio of densities may move from 1.</param>
/// <param name="LearningRate">Adam's, after the warm-up.</param>
/// <param name="WarmUp">Steps in which the rate grows from 0.</param>
/// <param name="Discount">Of the final reward, an atom back.</param>
/// <param name="Memory">How much of the moving average of returns stays at each step.</param>
/// <param name="Temperature">T while sampling.</param>
/// <param name="Seed">Of the samples.</param>
public sealed record MoleculeTuningSettings(int Steps = 200, int Batch = 64, int Updates = 4, double Clip = 0.2,
    double LearningRate = 1e-4, int WarmUp = 10, double Discount = 0.9, double Memory = 0.95, double Temperature = 0.75,
    int Seed = 1);

/// <summary>A step of the fine-tuning.</summary>
/// <param name="Reward">Mean reward of a molecule at its end.</param>
/// <param name="Rejected">Bonds turned down, a molecule.</param>
/// <param name="Atoms">Mean size.</param>
public sealed record TuningStep(double Reward, double Rejected, double Atoms);

/// <summary>
/// Turns a trained model towards molecules of a property: proximal policy optimisation (Schulman et al. 2017), in which
/// a state is a sub-graph, an action the point that a choice is read off, and its probability the flow's density.
/// </summary>
public static class MoleculeTuning
{
    /// <summary>Fine-tunes a model in place.</summary>
    /// <param name="model">A trained model; its batch normalisation stays as it is.</param>
    /// <param name="property">What to make large, as it enters the reward of a finished molecule.</param>
    /// <param name="settings">Everything that is chosen.</param>
    /// <returns>What each step gave.</returns>
    /// <exception cref="InvalidOperationException">The property of a molecule is not a number.</exception>
    public static IReadOnlyList<TuningStep> Run(
        MoleculeGeneration model, Func<Molecule, double> property, MoleculeTuningSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(property);
        ArgumentNullException.ThrowIfNull(settings);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        var (steps, baseline) = (new List<TuningStep>(), new Dictionary<int, double>());
        using var progress = Progress.Start("fine-tune", settings.Steps);
        model.eval();
        for (int step = 0; step < settings.Steps; step++)
        {
            using var scope = NewDisposeScope();
            double rate = settings.LearningRate * Math.Min(1, (step + 1.0) / Math.Max(1, settings.WarmUp));
            foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
            int samples = unchecked(settings.Seed * 1_000_003 + step);
            var growths = model.Generate(settings.Batch, check: true, settings.Temperature, samples);
            var molecules = growths.Select(g => g.ToMolecule(model.Settings)).ToList();
            double[] rewards = [.. molecules.Select(m => Reward(m, property))];
            var batch = new GrowthBatch(model.Settings.Elements.Count);
            var (atoms, bonds) = (new List<float>(), new List<float>());
            var averages = new Dictionary<int, List<double>>();
            for (int m = 0; m < growths.Count; m++)
            {
                int size = molecules[m].Atoms.Count;
                // The atom that ended it is dropped: the final reward is not for making no bond.
                foreach (var choice in batch.Add(growths[m], drawn: true, atoms: size))
                {
                    double value = Return(choice, rewards[m], size, settings.Discount);
                    if (!averages.TryGetValue(choice.Atom, out var list)) averages[choice.Atom] = list = [];
                    list.Add(value);
                    (choice.Other < 0 ? atoms : bonds).Add((float)(value - baseline.GetValueOrDefault(choice.Atom, value)));
                }
            }
            foreach (var (atom, values) in averages)
                baseline[atom] = settings.Memory * baseline.GetValueOrDefault(atom, values.Average()) + (1 - settings.Memory) * values.Average();
            Update(model, optimizer, batch, tensor(atoms.Concat(bonds).ToArray()), settings);
            double rejected = growths.Average(g => g.Choices.Count(c => c.Rejected));
            steps.Add(new TuningStep(rewards.Average(), rejected, molecules.Average(m => m.Atoms.Count)));
            progress.Step(FormattableString.Invariant($"reward {steps[^1].Reward:0.00}"));
        }
        return steps;
    }

    /// <summary>2 for a valid molecule, and its property.</summary>
    private static double Reward(Molecule molecule, Func<Molecule, double> property)
    {
        double value = property(molecule);
        return double.IsFinite(value)
            ? 2 + value
            : throw new InvalidOperationException($"The property of '{molecule}' is {value}: it must be a number for each molecule.");
    }

    /// <summary>What a choice brings: the final reward, less for each atom that came after; -1 for a bond turned down.</summary>
    internal static double Return(Choice choice, double reward, int atoms, double discount) =>
        reward * Math.Pow(discount, atoms - 1 - choice.Atom) - (choice.Rejected ? 1 : 0);

    private static void Update(MoleculeGeneration model, optim.Optimizer optimizer, GrowthBatch batch, Tensor advantages,
        MoleculeTuningSettings settings)
    {
        Tensor? before = null;
        for (int update = 0; update < settings.Updates; update++)
        {
            using var scope = NewDisposeScope();
            var now = Densities(model, batch);
            before ??= now.detach().MoveToOuterDisposeScope();
            optimizer.zero_grad();
            Objective(now, before, advantages, settings.Clip).backward();
            optimizer.step();
        }
    }

    /// <summary>log density of each choice, atoms before bonds.</summary>
    internal static Tensor Densities(MoleculeGeneration model, GrowthBatch batch)
    {
        static Tensor Table(List<float> points, int width) => tensor(points.ToArray()).view(points.Count / width, width);
        var (atoms, bonds) = model.LogDensities(batch, Table(batch.AtomPoints, model.Settings.Elements.Count), Table(batch.BondPoints, 4));
        return cat([atoms, bonds], 0);
    }

    /// <summary>-mean of min(ρ A, clip(ρ, 1 ± δ) A), with ρ the ratio of densities after and before.</summary>
    internal static Tensor Objective(Tensor now, Tensor before, Tensor advantages, double clip)
    {
        var ratio = (now - before).clamp(-10, 10).exp();
        return -(ratio * advantages).minimum(ratio.clamp(1 - clip, 1 + clip) * advantages).mean();
    }
}
