using System.Text.Json;
using Lectern.Graphs.Programs;
using Lectern.Lessons;
using Lectern.Papers.Applications;

namespace Lectern.Reproduction;

/// <summary>
/// Types of the .NET framework's own declarations, decompiled, in assemblies that training never saw: the whole system, the one without what names
/// and usages suggest, the one without what the program says, and two baselines by names.
/// </summary>
internal static class LambdaNetExperiments
{
    private const int Letters = 10_000, PiecesEach = 25;

    private static readonly string[] Taught =
    [
        "System.Collections", "System.Collections.Immutable", "System.Linq", "System.Linq.Parallel", "System.Net.Http", "System.Net.Security", "System.Private.Xml",
        "System.Reflection.Metadata", "System.Text.Json",
    ];

    private static readonly string[] HeldOut =
        ["System.Collections.Concurrent", "System.IO.Compression", "System.Private.Xml.Linq", "System.Runtime.Numerics", "System.Text.RegularExpressions"];

    private static readonly LambdaNetSettings Settings = new() { LearningRate = 2e-3, LibraryPerUser = 0 };

    internal static IEnumerable<Experiment> All() => [Framework()];

    private static Experiment Framework()
    {
        var setting = Record.SettingOf(Settings);
        (setting["letters_of_a_project"], setting["projects_an_assembly_at_most"]) = (Letters, PiecesEach);
        (setting["taught"], setting["held_out"]) = (string.Join(", ", Taught), string.Join(", ", HeldOut));
        (string Name, LambdaNetSettings Settings)[] models =
            [("whole", Settings), ("without context", Settings with { Contextual = false }), ("without logic", Settings with { Logical = false })];
        return new Experiment("LambdaNet", "framework", "declarations of the .NET framework's assemblies, split by assembly, without locals", 60, setting, [1, 2],
            (seed, unfinished) =>
            {
                var measures = File.Exists(unfinished) ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))! : [];
                List<TypeGraph> Projects(string[] assemblies) => [.. assemblies.SelectMany(assembly =>
                {
                    var graphs = CSharpTypes.Projects(CSharpTypes.Pieces(CSharpCorpus.Framework(assembly), Letters), locals: false);
                    // Of a large assembly as many as of others, from all over it.
                    return Enumerable.Range(0, Math.Min(PiecesEach, graphs.Count)).Select(i => graphs[i * graphs.Count / Math.Min(PiecesEach, graphs.Count)]);
                })];
                var (taught, heldOut) = (Projects(Taught), Projects(HeldOut));
                (measures["taught"], measures["held out"]) = (taught.Sum(graph => graph.Declarations.Count), heldOut.Sum(graph => graph.Declarations.Count));
                void Judge(string name, Func<TypeGraph, IReadOnlyList<IReadOnlyList<TypeGuess>>> guess)
                {
                    var quality = TypeQuality.Of(heldOut, guess);
                    (measures["user"], measures["library"]) = (quality.User, quality.Library);
                    (measures[$"{name}, user, top-1"], measures[$"{name}, user, top-5"]) = (100 * quality.UserTop1, 100 * quality.UserTop5);
                    (measures[$"{name}, library, top-1"], measures[$"{name}, library, top-5"]) = (100 * quality.LibraryTop1, 100 * quality.LibraryTop5);
                    (measures[$"{name}, all, top-1"], measures[$"{name}, all, top-5"]) = (100 * quality.Top1, 100 * quality.Top5);
                    File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
                }
                Judge("SimilarName", new NamingBaseline(taught, Settings.LibraryTypes, learned: false).Guess);
                Judge("learned names", new NamingBaseline(taught, Settings.LibraryTypes).Guess);
                foreach (var (name, settings) in models)
                {
                    if (measures.ContainsKey($"{name}, all, top-1")) continue;
                    string checkpoint = $"{unfinished}.{name.Replace(' ', '-')}";
                    var (model, _) = LambdaNet.Train(taught, settings with { Seed = seed }, checkpoint: checkpoint);
                    using (model) Judge(name, graph => LambdaNet.Predict(model, graph));
                    File.Delete(checkpoint);
                }
                return measures;
            },
            runs =>
            {
                // Table 3, TypeScript: LambdaNet with K = 6 and SimilarName.
                var paper = new Dictionary<string, double>
                {
                    ["whole, user, top-1"] = 53.4, ["whole, library, top-1"] = 66.9, ["whole, all, top-1"] = 64.2,
                    ["whole, user, top-5"] = 77.7, ["whole, library, top-5"] = 86.2, ["whole, all, top-5"] = 84.5,
                    ["SimilarName, user, top-1"] = 24.1, ["SimilarName, library, top-1"] = 0.78, ["SimilarName, all, top-1"] = 15.7,
                    ["SimilarName, user, top-5"] = 42.5, ["SimilarName, library, top-5"] = 3.19, ["SimilarName, all, top-5"] = 28.4,
                };
                Result Of(string metric, string key, string unit = "%") => Result.Of(metric, unit, runs.Select(run => run[key]),
                    paper.TryGetValue(key, out double number) ? number : null,
                    source: paper.ContainsKey(key) ? "the authors' poster, TypeScript projects" : null).Rounded(1);
                return
                [
                    Of("declarations taught", "taught", ""), Of("declarations held out, of the project's types", "user", ""), Of("declarations held out, of library types", "library", ""),
                    .. models.Select(model => model.Name).Concat(["learned names", "SimilarName"]).SelectMany(name =>
                        new[] { "user", "library", "all" }.SelectMany(which => new[] { "top-1", "top-5" }.Select(top => Of($"{name}: {which} types, {top}", $"{name}, {which}, {top}")))),
                ];
            });
    }
}
