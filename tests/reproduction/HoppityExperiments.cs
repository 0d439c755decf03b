using System.Text.Json;
using Lectern.Graphs.Programs;
using Lectern.Lessons;
using Lectern.Papers.Applications;

namespace Lectern.Reproduction;

/// <summary>
/// Repairs of the .NET framework's own methods, decompiled, in assemblies that training never saw: the whole system, the one whose state begins anew with every edit, and
/// a look at each node by itself.
/// </summary>
internal static class HoppityExperiments
{
    private const int LeastNodes = 15, MostNodes = 120, BugsEach = 3;

    private static readonly string[] Taught =
    [
        "System.Collections", "System.Collections.Immutable", "System.Linq", "System.Linq.Parallel", "System.Net.Http", "System.Net.Security", "System.Private.Xml",
        "System.Reflection.Metadata", "System.Text.Json",
    ];

    private static readonly string[] HeldOut =
        ["System.Collections.Concurrent", "System.IO.Compression", "System.Private.Xml.Linq", "System.Runtime.Numerics", "System.Text.RegularExpressions"];

    private static readonly HoppitySettings Settings = new() { Width = 96, Blocks = 120, BlocksARate = 80, MostEdits = 3 };

    internal static IEnumerable<Experiment> All() => [Framework()];

    private static Experiment Framework()
    {
        var setting = Record.SettingOf(Settings);
        (setting["nodes_of_a_method_at_most"], setting["bugs_a_method"], setting["beam"]) = (MostNodes, BugsEach, 3);
        (setting["taught"], setting["held_out"]) = (string.Join(", ", Taught), string.Join(", ", HeldOut));
        (string Name, HoppitySettings Settings)[] models = [("whole", Settings), ("without history", Settings with { History = false })];
        return new Experiment("Hoppity", "framework", "methods of the .NET framework's assemblies, split by assembly, with the catalogue's bugs", 60, setting, [1],
            (seed, unfinished) =>
            {
                var measures = File.Exists(unfinished) ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))! : [];
                var met = new HashSet<string>();
                List<ProgramNode> Methods(string[] assemblies)
                {
                    var language = new CSharpTree();
                    return [.. assemblies.SelectMany(CSharpCorpus.Framework).SelectMany(file => language.Methods(file.Text))
                        .Where(method => method.Size is >= LeastNodes and <= MostNodes && met.Add(method.ToString()))];
                }
                var (taught, heldOut) = (Methods(Taught), Methods(HeldOut));
                List<ProgramBug> train = [.. Enumerable.Range(0, BugsEach).SelectMany(i => Hoppity.Bugs(taught, Settings.MostEdits, 0.2, 10 * seed + i))];
                var test = Hoppity.Bugs(heldOut, Settings.MostEdits, 0.2, 1000 + seed);
                (measures["taught"], measures["held out"]) = (taught.Count, heldOut.Count);
                void Judge(string name, IReadOnlyList<IReadOnlyList<ProgramRepair>> repairs)
                {
                    void Of(string which, Func<ProgramBug, bool> has)
                    {
                        int[] some = [.. Enumerable.Range(0, test.Count).Where(i => has(test[i]))];
                        if (some.Length == 0) return;
                        var quality = RepairQuality.Of([.. some.Select(i => test[i])], [.. some.Select(i => repairs[i])]);
                        (measures[$"{name} exact, {which}"], measures[$"{name} among, {which}"]) = (100 * quality.Exact, 100 * quality.ExactAmong);
                        (measures[$"{name} located, {which}"], measures[$"{name} operator, {which}"]) = (100 * quality.Located, 100 * quality.Operator);
                        measures[$"count, {which}"] = some.Length;
                    }
                    Of("all bugs", bug => bug.Fix.Count > 0);
                    for (int edits = 1; edits <= Settings.MostEdits; edits++) Of($"{edits} edits", bug => bug.Fix.Count == edits);
                    foreach (string sort in BugCatalogue.Names) Of(sort, bug => bug.Name == sort);
                    Of("right programs", bug => bug.Fix.Count == 0);
                    File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
                }
                var frequencies = new EditFrequencies(train);
                Judge("frequencies", [.. test.Select(bug => (IReadOnlyList<ProgramRepair>)[frequencies.Repair(bug.Buggy)])]);
                foreach (var (name, settings) in models)
                {
                    if (measures.ContainsKey($"{name} exact, all bugs")) continue;
                    string checkpoint = $"{unfinished}.{name.Replace(' ', '-')}";
                    var (model, _) = Hoppity.Train(train, settings with { Seed = seed }, checkpoint);
                    using (model) Judge(name, Hoppity.Repair(model, [.. test.Select(bug => bug.Buggy)]));
                    File.Delete(checkpoint);
                }
                return measures;
            },
            runs =>
            {
                Result Of(string metric, string key, string unit = "%", double? paper = null) => Result.Of(metric, unit, runs.Select(run => run[key]), paper,
                    source: paper is null ? null : "abstract: 9,490 of 36,361 JavaScript programs; by the sheet one of three answers, not confirmed").Rounded(1);
                string[] names = [.. models.Select(model => model.Name), "frequencies"];
                var results = new List<Result> { Of("methods taught", "taught", ""), Of("methods held out", "held out", "") };
                foreach (string which in runs[0].Keys.Where(key => key.StartsWith("count, ", StringComparison.Ordinal)).Select(key => key["count, ".Length..]))
                {
                    results.Add(Of($"programs, {which}", $"count, {which}", ""));
                    foreach (string name in names)
                    {
                        results.Add(Of($"{name}, {which}: exact, first answer", $"{name} exact, {which}"));
                        if (which == "right programs") continue;
                        if (name != "frequencies") results.Add(Of($"{name}, {which}: exact, one of three", $"{name} among, {which}", paper: name == "whole" && which == "all bugs" ? 26.1 : null));
                        results.Add(Of($"{name}, {which}: located", $"{name} located, {which}"));
                        if (which == "all bugs") results.Add(Of($"{name}, {which}: located, with the right operator", $"{name} operator, {which}"));
                    }
                }
                return results;
            });
    }
}
