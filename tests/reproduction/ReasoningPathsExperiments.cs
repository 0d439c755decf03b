using Lectern.KnowledgeGraphs;
using Lectern.Lessons;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Reproduction;

/// <summary>Questions about the world's states, by shared words, by paths, and by paths without parts of the method. The
/// paper's data (HotpotQA over five million paragraphs, BERT) is out of reach: its numbers have no counterpart here.</summary>
internal static class ReasoningPathsExperiments
{
    internal static IEnumerable<Experiment> All() =>
    [
        Run("countries", "the whole method", new PathSettings(), minutes: 4),
        Run("countries-no-recurrence", "h stays h1", new PathSettings { Recurrent = false }, minutes: 4),
        Run("countries-no-redundant-start", "no redundant starts", new PathSettings { Redundant = false }, minutes: 4),
    ];

    private static Experiment Run(string name, string what, PathSettings chosen, double minutes)
    {
        var settings = chosen with { Candidates = 24, TfIdfNegatives = 16 };
        return new Experiment("ReasoningPaths", name, $"countries, {what}", minutes, Record.SettingOf(settings), [1, 2, 3],
            (seed, _) =>
            {
                var graph = Countries.Graph([.. Countries.Table().Where(c => c.UnMember)]);
                var corpus = CountryQuestions.Write(graph, seed);
                var (train, test) = CountryQuestions.Ask(graph, corpus, seed: seed);
                using var system = ReasoningPaths.Train(corpus, train, settings with { Seed = seed });
                var values = new Dictionary<string, double>();
                foreach (int k in new[] { 3, 10, 50 })
                    values[$"all paragraphs found, first {k} by TF-IDF"] = 100 * test.Average(q =>
                        q.Path.All(system.Retriever.Table.Similar.Top(q.Text, k).Contains) ? 1.0 : 0);
                Add("beam of 8, path by the reader", 8, rerank: true);
                Add("beam of 8, most probable path", 8, rerank: false);
                Add("greedy", 1, rerank: false);
                return values;

                void Add(string search, int beam, bool rerank)
                {
                    var quality = PathQuality.Of(test, [.. test.Select(q =>
                        ReasoningPaths.Answer(system, q.Text, rerank, settings with { Beam = beam }))]);
                    values[$"all paragraphs found, {search}"] = 100 * quality.AllFound;
                    values[$"path exact, {search}"] = 100 * quality.PathExact;
                    values[$"answer exact, {search}"] = 100 * quality.AnswerExact;
                }
            },
            runs => [.. runs[0].Keys.Select(key => Result.Of(key, "%", runs.Select(run => run[key])).Rounded(1))]);
    }
}
