using System.Text.Json;
using Lectern.Lessons;
using Lectern.Papers.Applications;
using Network = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, (TorchSharp.torch.Tensor Scores, TorchSharp.torch.Tensor? Meta)>;

namespace Lectern.Reproduction;

/// <summary>MXGNet beside itself without multiplex edges and beside a CNN, on matrices and on syllogisms, as trained and beyond.</summary>
internal static class MultiplexReasoningExperiments
{
    // The paper's numbers are of PGM, RAVEN and its own diagrams: none stands beside these.
    private sealed record Model(string Name, MultiplexSettings Settings, Func<MultiplexSettings, Network> Make);

    internal static IEnumerable<Experiment> All() => [OfMatrices(), OfSyllogisms()];

    private static Experiment OfMatrices()
    {
        const int Train = 8000, Test = 2000, Grid = 3;                      // nine objects a panel: with four, edges gain nothing
        var settings = new MultiplexSettings(Side: 8 * Grid, Deep: false, Channels: 16, Layers: 4, Hidden: 16, EdgeWidth: 8, NodeWidth: 32, Relation: 24,
            Blocks: 1, Reasoning: 32, Last: 64, Columns: false, SharedScorer: true, Dropout: 0, Beta: 5, Batch: 32, LearningRate: 4e-3, Anneal: true, Epochs: 6);
        Func<MultiplexSettings, Network> whole = s => new MxgNet(RavenMatrices.MetaBits, s);
        string[] regimes = ["neutral", "interpolation", "extrapolation", "held-out pairs"];
        return On("matrices", "matrices drawn by the kit, 3×3 slots, one or two rules of change, 8,000 to train on and 2,000 of each regime to test", 60, settings,
            [
                new("MXGNet", settings, whole), new("MXGNet without rule bits", settings with { Beta = 0 }, whole),
                new("one wide edge", settings with { Edges = PanelEdges.Single }, whole), new("no edges", settings with { Edges = PanelEdges.None }, whole),
                new("CNN", settings, s => new PanelCnn(9, 1, RavenMatrices.MetaBits, s)),
            ],
            seed =>
            {
                DiagramData Of(string regime, int count, int number)
                {
                    var world = new RavenSettings(Grid: Grid).For(regime);
                    return RavenMatrices.Data(RavenMatrices.Draw(count, 100 * seed + number, world), world, 100 * seed + number);
                }
                var tests = regimes.Select((regime, i) => (regime, Of(regime, Test, i + 1))).ToList();
                var blank = tests[0].Item2 with { Pictures = tests[0].Item2.Pictures.clone().DetachFromDisposeScope() };
                blank.Pictures.narrow(1, 0, 8).zero_();
                return (Of("neutral", Train, 0), [.. tests, ("candidates alone", blank)]);
            });
    }

    private static Experiment OfSyllogisms()
    {
        const int Train = 8000, Test = 2000;
        var settings = new MultiplexSettings(Side: 24, Deep: false, Channels: 16, Layers: 4, Hidden: 16, EdgeWidth: 8, NodeWidth: 32, Blocks: 1, Reasoning: 32,
            Last: 64, Dropout: 0, Batch: 64, LearningRate: 3e-3, Anneal: true, Epochs: 12);
        Func<MultiplexSettings, Network> whole = s => new SyllogismNet(s);
        static bool Trained(int a, int b, int c) => (b - a + 6) % 6 != 1;
        return On("syllogisms", "Euler diagrams drawn by the kit, 24×24 pixels, six colours, 8,000 to train on and 2,000 of each regime to test", 10, settings,
            [
                new("MXGNet", settings, whole), new("one wide edge", settings with { Edges = PanelEdges.Single }, whole),
                new("no edges", settings with { Edges = PanelEdges.None }, whole), new("CNN", settings, s => new PanelCnn(6, 4, 0, s)),
            ],
            seed =>
            {
                DiagramData Of(Func<int, int, int, bool> allows, int count, int number) =>
                    EulerSyllogisms.Data(EulerSyllogisms.Draw(count, 100 * seed + number, allows), settings.Side);
                return (Of(Trained, Train, 0), [("neutral", Of(Trained, Test, 1)), ("new pairs of colours", Of((a, b, c) => !Trained(a, b, c), Test, 2))]);
            });
    }

    private static Experiment On(string name, string dataset, double minutes, MultiplexSettings settings, Model[] models,
        Func<int, (DiagramData Train, IReadOnlyList<(string Regime, DiagramData Data)> Tests)> load) =>
        new("MultiplexReasoning", name, dataset, minutes, Record.SettingOf(settings), [1, 2, 3],
            (seed, unfinished) =>
            {
                var (train, tests) = load(seed);
                // A run goes on with the model, and the pass, that it was stopped in.
                var measures = File.Exists(unfinished) ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(unfinished))! : [];
                foreach (var model in models)
                {
                    if (measures.ContainsKey($"{model.Name}, {tests[0].Regime}")) continue;
                    using var scope = torch.NewDisposeScope();
                    string checkpoint = $"{unfinished}.{model.Name.Replace(' ', '-')}";
                    var chosen = model.Settings with { Seed = seed };
                    var network = MultiplexReasoning.Create(model.Make, chosen);
                    MultiplexReasoning.Train(network, train, null, chosen, $"{model.Name}, seed {seed}", checkpoint);
                    foreach (var (regime, data) in tests) measures[$"{model.Name}, {regime}"] = 100 * MultiplexReasoning.Accuracy(network, data);
                    File.WriteAllText(unfinished, JsonSerializer.Serialize(measures));
                    File.Delete(checkpoint);
                }
                return measures;
            },
            runs =>
            [
                .. runs[0].Keys.Select(key => Result.Of($"{key}, right answers", "%", runs.Select(run => run[key])).Rounded(1)),
                .. new[] { "no edges", "one wide edge", "CNN" }.Select(other => Result.Of($"MXGNet above {other}, neutral", "points",
                    runs.Select(run => run["MXGNet, neutral"] - run[$"{other}, neutral"])).Rounded(1)),
            ]);
}
