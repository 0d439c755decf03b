using Lectern.KnowledgeGraphs;
using Lectern.Lessons;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Reproduction;

/// <summary>
/// Numerical rules against plain Neural LP: rules that a graph was made by, and how well each predicts held-out facts. The paper's own
/// numbers could not be compared with its print, so that none is given.
/// </summary>
internal static class NumericalRulesExperiments
{
    private static readonly NumericalRuleSettings Settings = new(Hidden: 32, LearningRate: 0.02, Epochs: 15, Restarts: 3);

    internal static IEnumerable<Experiment> All() =>
    [
        Compare("planted", "a made-up company of 300 people, with three planted rules on numbers and one without", 3,
            seed => RuleProblem.Company(300, seed), RuleProblem.Company(50, 1)),
        Compare("countries", "countries, with targets written by rules on area and borders", 5,
            RuleProblem.Neighbours, RuleProblem.Neighbours(1)),
    ];

    private static Experiment Compare(string name, string dataset, double minutes, Func<int, RuleProblem> make, RuleProblem example) =>
        new("NumericalRules", name, $"{dataset}; at most 600 facts a target to learn from and 150 to report on", minutes,
            Record.SettingOf(Settings), [1, 2, 3],
            (seed, _) =>
            {
                var problem = make(seed);
                var numbers = NumericAttribute.Of(problem.Numbers, problem.EntityCount);
                var known = new TripleIndex(problem.Facts);
                var measures = new Dictionary<string, double>();
                foreach (var (label, operators) in ((string, IReadOnlyList<RuleOperator>)[])
                    [
                        ("numerical", NumericalRules.WithNumbers(problem.Background, problem.Relations, numbers, problem.EntityCount)),
                        ("plain", NumericalRules.Relations(problem.Background, problem.Relations, problem.EntityCount)),
                    ])
                {
                    using var scope = torch.NewDisposeScope();
                    using var model = NumericalRules.Learn(problem, operators, Settings with { Seed = seed });
                    for (int q = 0; q < problem.Targets.Count; q++)
                    {
                        string target = problem.Targets[q];
                        var best = model.RulesOf(q)[0];
                        var support = model.Support(best, [.. problem.Facts]);
                        // A threshold is found, not copied: the rest of the rule has to be the planted one.
                        bool found = best.Text.StartsWith(problem.Written[q]!.Split('≥')[0], StringComparison.Ordinal);
                        measures[$"{label} {target} MRR"] = model.Rank([.. problem.Test.Where(t => t.Relation == q)], known).Mrr;
                        measures[$"{label} {target} found"] = found ? 1 : 0;
                        measures[$"{label} {target} weight"] = best.Weight;
                        measures[$"{label} {target} confidence"] = support.Confidence;
                        measures[$"{label} {target} coverage"] = support.Coverage;
                        Console.WriteLine($"    {label}: {best.Weight:0.000} {best.Text} (confidence {support.Confidence:0.000})");
                    }
                }
                return measures;
            },
            runs =>
            {
                var results = new List<Result>();
                foreach (string target in example.Targets)
                    foreach (string label in (string[])["numerical", "plain"])
                    {
                        Result Of(string metric, string unit, string key) =>
                            Result.Of($"{target}, {label}: {metric}", unit, runs.Select(run => run[$"{label} {target} {key}"])).Rounded(3);
                        results.Add(Of("filtered MRR", "", "MRR"));
                        results.Add(Of("confidence of the heaviest rule", "", "confidence"));
                        if (label == "plain") continue;
                        results.Add(Of("share of the attention on it", "", "weight"));
                        results.Add(Of("share of the facts that it gives", "", "coverage"));
                        results.Add(Of("runs in which it is the planted rule", "share", "found"));
                    }
                return results;
            });
}
