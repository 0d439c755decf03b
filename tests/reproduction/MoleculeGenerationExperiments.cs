using System.Text.Json;
using Lectern.Lessons;
using Lectern.Papers.Applications;
using Lectern.Papers.Applications.Molecules;

namespace Lectern.Reproduction;

/// <summary>
/// GraphAF on molecules grown at random and on a part of ZINC: what is generated with and without the valency check,
/// reconstruction, densities, and what fine-tuning towards a high logP gains; on the small ones also without breadth-first
/// order and without noise.
/// </summary>
internal static class MoleculeGenerationExperiments
{
    // 68 and 100 % are those of the paper's abstract and code; its other numbers were not at hand, and are left out.
    private const string Source = "the paper's ZINC250k, 10,000 molecules";

    internal static IEnumerable<Experiment> All() => [Grown(), Zinc()];

    private static Experiment Grown()
    {
        var settings = new MoleculeGenerationSettings([Element.C, Element.N, Element.O, Element.F], MaxAtoms: 8, Window: 7,
            Width: 96, FlowLayers: 2, FlowHidden: 96, Epochs: 8);
        var tuning = new MoleculeTuningSettings(Steps: 300, LearningRate: 1e-4);
        return On("grown", "30,000 molecules of up to 8 atoms C, N, O, F, grown at random, and 2,000 held out", 45, [1, 2, 3],
            settings, tuning, 10_000, smallest: 1, inPaper: false, seed =>
            {
                var all = MoleculeEnumeration.Random(32_000, 8, seed);
                return (all.Take(30_000).ToList(), all.Skip(30_000).ToList());
            },
            [
                ("in any order", settings with { BreadthFirst = false }),
                ("without noise, two passes", settings with { Noise = 0, Epochs = 2 }),     // its density has no bound
            ]);
    }

    private static Experiment Zinc()
    {
        var settings = new MoleculeGenerationSettings(
            [Element.C, Element.N, Element.O, Element.F, Element.P, Element.S, Element.Cl, Element.Br, Element.I],
            Width: 64, FlowLayers: 1, FlowHidden: 64, Epochs: 12);
        var tuning = new MoleculeTuningSettings(Steps: 200, Batch: 32, LearningRate: 1e-4);
        return On("zinc", "the validation part of ZINC250k in the split of JT-VAE for training, 1,000 of its test part, in neutral form", 50, [1],
            settings, tuning, 2000, smallest: 5, inPaper: true, _ =>
            {
                var (train, test) = SmilesFiles.Load("zinc");
                List<Molecule> Fitting(IEnumerable<Molecule> some) => [.. some.Select(m => m.Neutral()).OfType<Molecule>().Where(m => Fits(m, settings))];
                return (Fitting(train), Fitting(test).Take(1000).ToList());
            }, []);
    }

    /// <summary>Whether a molecule grows within the settings' window whichever atom it starts from, as ten orders tell.</summary>
    private static bool Fits(Molecule molecule, MoleculeGenerationSettings settings)
    {
        try
        {
            for (int k = 0; k < 10; k++) Growth.Of(molecule, settings, 0, k);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static Experiment On(string name, string dataset, double minutes, IReadOnlyList<int> seeds, MoleculeGenerationSettings settings,
        MoleculeTuningSettings tuning, int samples, int smallest, bool inPaper, Func<int, (List<Molecule> Train, List<Molecule> Held)> load,
        (string Name, MoleculeGenerationSettings Settings)[] ablations)
    {
        var setting = Record.SettingOf(settings);
        setting["generated"] = samples;
        setting["smallest_generated"] = smallest;
        setting["temperature"] = 0.75;
        setting["tuning_steps"] = tuning.Steps;
        setting["tuning_batch"] = tuning.Batch;
        setting["tuning_learning_rate"] = tuning.LearningRate;
        return new Experiment("MoleculeGeneration", name, dataset, minutes, setting, seeds,
            (seed, unfinished) =>
            {
                var (train, held) = load(seed);
                var known = train.Select(m => m.Smiles).ToHashSet();
                var measures = File.Exists(unfinished)
                    ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))!
                    : [];
                foreach (var (label, some) in ablations.Prepend(("", settings)))
                {
                    string Key(string metric) => label.Length == 0 ? metric : $"{label}: {metric}";
                    if (measures.ContainsKey(Key("done"))) continue;
                    using var scope = torch.NewDisposeScope();
                    string checkpoint = $"{unfinished}.{label.Replace(' ', '-')}";
                    var (model, _) = MoleculeGeneration.Train(train, some with { Seed = seed }, checkpoint: checkpoint);
                    Molecule[] Made(bool check, int from) => [.. model.Generate(samples, check, seed: from, smallest: smallest).Select(g => g.ToMolecule(some))];
                    var (with, without) = (Made(true, seed), Made(false, seed));
                    var (checkedOnes, free) = (MoleculeMetrics.Of(with, known), MoleculeMetrics.Of(without, known));
                    measures[Key("valid")] = 100 * checkedOnes.Valid;
                    measures[Key("valid without")] = 100 * free.Valid;
                    measures[Key("unique")] = 100 * checkedOnes.Unique;
                    measures[Key("novel")] = 100 * checkedOnes.Novel;
                    measures[Key("held-out")] = model.Evaluate(held);
                    measures[Key("reconstructed")] = 100 * held.Take(500).Average(m =>
                        model.Decode(model.Encode(Growth.Of(m, some, seed))).ToMolecule(some).Smiles == m.Smiles ? 1.0 : 0);
                    if (label.Length == 0)
                    {
                        measures["shuffled"] = model.Evaluate([.. held.Select((m, k) => Shuffled(m, k))]);
                        Tune(model, with, measures, tuning with { Seed = seed }, () => Made(true, 1000 + seed));
                    }
                    measures[Key("done")] = 1;
                    File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
                    File.Delete(checkpoint);
                }
                return measures;
            },
            runs =>
            {
                Result Of(string metric, string unit, string key, double? paper = null) => Result.Of(metric, unit,
                    runs.Select(run => run[key]), inPaper ? paper : null, source: inPaper && paper is not null ? Source : null).Rounded(unit == "%" ? 1 : 3);
                var results = new List<Result>
                {
                    Of("valid, with the check", "%", "valid", 100), Of("valid, without the check", "%", "valid without", 68),
                    Of("unique among the valid, with the check", "%", "unique"), Of("new among the unique, with the check", "%", "novel"),
                    Of("reconstructed, of 500 held out", "%", "reconstructed"),
                    Of("-log p of held-out molecules", "nats a dimension", "held-out"),
                    Of("-log p of the same with their atoms exchanged", "nats a dimension", "shuffled"),
                    Of("logP less large rings, before tuning, mean", "", "before"), Of("logP less large rings, after tuning, mean", "", "after"),
                    Of("logP less large rings, before tuning, third best", "", "before third"), Of("logP less large rings, after tuning, third best", "", "after third"),
                    Of("valid, after tuning, with the check", "%", "tuned valid"), Of("unique, after tuning", "%", "tuned unique"),
                };
                foreach (var (label, _) in ablations)
                {
                    results.Add(Of($"{label}: valid, without the check", "%", $"{label}: valid without"));
                    results.Add(Of($"{label}: unique among the valid, with the check", "%", $"{label}: unique"));
                    if (label == "in any order") results.Add(Of($"{label}: -log p of held-out molecules", "nats a dimension", $"{label}: held-out"));
                }
                return results;
            });
    }

    private static void Tune(MoleculeGeneration model, IReadOnlyList<Molecule> before, Dictionary<string, double> measures,
        MoleculeTuningSettings tuning, Func<Molecule[]> make)
    {
        void Note(string when, IReadOnlyList<Molecule> made)
        {
            double[] values = [.. made.Select(CrippenLogP.LessLargeRings)];
            measures[when] = values.Average();
            measures[$"{when} third"] = made.Zip(values).DistinctBy(p => p.First.Smiles).Select(p => p.Second).OrderDescending().Take(3).Last();
        }
        Note("before", before);
        MoleculeTuning.Run(model, CrippenLogP.LessLargeRings, tuning);
        var tuned = make();
        Note("after", tuned);
        var metrics = MoleculeMetrics.Of(tuned, new HashSet<string>());
        (measures["tuned valid"], measures["tuned unique"]) = (100 * metrics.Valid, 100 * metrics.Unique);
    }

    /// <summary>The same bonds and the same kinds of atoms, but these in random places; mostly no valid molecule.</summary>
    private static Molecule Shuffled(Molecule molecule, int seed)
    {
        Element[] elements = [.. molecule.Atoms.Select(a => a.Element)];
        new Random(seed).Shuffle(elements);
        return Molecule.Of(elements, molecule.Bonds);
    }
}
