// OldDogNewTricks — D. Ruffinelli, S. Broscheit and R. Gemulla, "You CAN Teach an Old Dog New Tricks! On
// Training Knowledge Graph Embeddings", ICLR 2020.
// Idea      models are compared that were trained in different ways. Give all of them the same large search
//           over the ways of training, and most of the distance between old and new is gone.
// Models    RESCAL, TransE, DistMult, ComplEx, ConvE (and RotatE, later)          -> KnowledgeGraphs/Scorers
// Training  negative sampling, 1vsAll, KvsAll; margin, binary and full cross-entropy          -> LinkTraining
// Search    stage 1: quasi-random trials of each combination of type and loss        -> Combinations, Space
//           stage 2: around the best one, over what is a number; some quasi-random trials, then a Gaussian
//           process with expected improvement                                              -> Refined, Run
//           the winner is trained several times                                                  -> Retrain
// Figures   spread of validation MRR by model                                            -> OldDogTrial.Mrr
//           best trial with each value of a choice against the best of all                     -> Influence
// Differs   stage 2 knows the trial that it starts from. The margin's range, 0.1 to 10, is ours. Negatives
//           are shared by a batch where OldDogBudget says so.
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>How much is tried, and among what; the defaults are the paper's.</summary>
public sealed record OldDogBudget
{
    /// <summary>Quasi-random trials for each combination of training type and loss.</summary>
    public int FirstTrials { get; init; } = 30;

    /// <summary>Trials of the second stage.</summary>
    public int SecondTrials { get; init; } = 30;

    /// <summary>How many of these are quasi-random, the first ones.</summary>
    public int SecondSobol { get; init; } = 10;

    /// <summary>Real numbers an entity.</summary>
    public int[] Widths { get; init; } = [128, 256, 512];

    /// <summary>Triples, or questions, a step.</summary>
    public int[] Batches { get; init; } = [128, 256, 512, 1024];

    /// <summary>The lowest learning rate; the highest is 1. Short trainings need higher ones.</summary>
    public double LowestRate { get; init; } = 3e-4;

    /// <summary>Corrupted entities a side at most.</summary>
    public int MaxNegatives { get; init; } = 1000;

    /// <summary>Whether a step's triples share them.</summary>
    public bool SharedNegatives { get; init; }

    /// <summary>Passes at most.</summary>
    public int Epochs { get; init; } = 400;

    /// <summary>Passes from one validation to the next.</summary>
    public int EvaluateEvery { get; init; } = 5;

    /// <summary>Validations without a better one after which a trial ends.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>Passes after which a trial ends that never had a validation MRR above 0.05.</summary>
    public int HopelessAfter { get; init; } = 50;

    /// <summary>How many validation triples are ranked, the first ones.</summary>
    public int Validation { get; init; } = int.MaxValue;

    /// <summary>Of the points and of each trial's training.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>The parts of a search.</summary>
public enum OldDogStage
{
    /// <summary>Quasi-random, one of the combinations.</summary>
    First,

    /// <summary>Quasi-random, around the best of the first.</summary>
    SecondSobol,

    /// <summary>Proposed by the Gaussian process.</summary>
    SecondModel,
}

/// <summary>One line of a search's file.</summary>
/// <param name="Search">Which search it belongs to; a file may hold several.</param>
/// <param name="Number">Its number in the search, from 0.</param>
/// <param name="Stage">The part of the search.</param>
/// <param name="Point">Where in the space, a number an axis.</param>
/// <param name="Settings">What that means.</param>
/// <param name="Mrr">Best filtered validation MRR; 0 where the loss ceased to be a number.</param>
/// <param name="Epoch">Passes until then.</param>
/// <param name="Seconds">Training and evaluation.</param>
public sealed record OldDogTrial(string Search, int Number, OldDogStage Stage, double[] Point,
    LinkSettings Settings, double Mrr, int Epoch, double Seconds);

/// <summary>One value of a choice.</summary>
/// <param name="Value">The value.</param>
/// <param name="Trials">How many trials have it.</param>
/// <param name="Best">The best validation MRR among them.</param>
/// <param name="Loss">How far that is below the best of all trials.</param>
public sealed record OldDogInfluence(string Value, int Trials, double Best, double Loss);

/// <summary>One training of the winner.</summary>
/// <param name="ValidationMrr">What it was stopped by.</param>
/// <param name="Epoch">Passes until then.</param>
/// <param name="Test">Ranks of the test triples.</param>
public sealed record OldDogRun(double ValidationMrr, int Epoch, LinkRanks Test);

/// <summary>The search, as a job that goes on where it stopped and that processes can share.</summary>
public static class OldDogNewTricks
{
    private const int Patience = 10;                // of the schedule, at most
    private const int LockTries = 500;              // of 20 ms: ten seconds

    private static readonly JsonSerializerOptions Json =
        new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>The choices of the paper's figures and what names their values.</summary>
    public static IReadOnlyList<(string Name, Func<LinkSettings, string> Of)> Choices { get; } =
    [
        ("training type", s => s.Training.ToString()),
        ("loss", s => s.Loss.ToString()),
        ("optimiser", s => s.Optimizer.ToString()),
        ("reciprocal relations", s => s.Reciprocal ? "yes" : "no"),
        ("width", s => FormattableString.Invariant($"{s.Width}")),
        ("batch", s => FormattableString.Invariant($"{s.Batch}")),
        ("start", s => s.Start.ToString()),
        ("penalty", s => s.PenaltyPower == 0 ? "none"
            : $"L{s.PenaltyPower}{(s.PenaltyByFrequency ? " by frequency" : "")}"),
        ("dropout", s => s.EntityDropout > 0 || s.RelationDropout > 0 ? "yes" : "no"),
    ];

    /// <summary>The training types and losses that are tried: 7, and 2 for models of distance, for which
    /// scoring all entities costs too much and scores are no logits.</summary>
    /// <param name="model">The model.</param>
    public static IReadOnlyList<(LinkTrainingType Training, LinkLoss Loss)> Combinations(LinkModel model) =>
        model is LinkModel.TransE or LinkModel.RotatE
            ? [(LinkTrainingType.NegativeSampling, LinkLoss.CrossEntropy),
                (LinkTrainingType.NegativeSampling, LinkLoss.Margin)]
            :
            [
                .. from training in Enum.GetValues<LinkTrainingType>()
                   from loss in (LinkLoss[])[LinkLoss.CrossEntropy, LinkLoss.BinaryCrossEntropy, LinkLoss.Margin]
                   where loss != LinkLoss.Margin || training == LinkTrainingType.NegativeSampling
                   select (training, loss),
            ];

    /// <summary>What is searched for one combination.</summary>
    /// <param name="model">The model.</param>
    /// <param name="training">The training type.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="budget">The ranges that depend on the size of the graph.</param>
    public static SearchSpace<LinkSettings> Space(LinkModel model, LinkTrainingType training, LinkLoss loss,
        OldDogBudget budget)
    {
        ArgumentNullException.ThrowIfNull(budget);
        bool sampled = training == LinkTrainingType.NegativeSampling;
        bool onlyTails = model == LinkModel.ConvE;
        bool[] both = [false, true];
        var start = new LinkSettings
        {
            Model = model, Training = training, Loss = loss, Reciprocal = onlyTails,
            SharedNegatives = budget.SharedNegatives, Epochs = budget.Epochs,
            EvaluateEvery = budget.EvaluateEvery, Patience = budget.Patience,
            HopelessAfter = budget.HopelessAfter,
        };
        List<SearchAxis<LinkSettings>> axes =
        [
            Choice("width", budget.Widths, (s, v) => s with { Width = v }),
            Choice("batch", budget.Batches, (s, v) => s with { Batch = v }),
            Choice("optimiser", [LinkOptimizer.Adagrad, LinkOptimizer.Adam],
                (s, v) => s with { Optimizer = v }),
            Real("learning rate", budget.LowestRate, 1, (s, v) => s with { LearningRate = v }, log: true),
            Whole("schedule patience", 0, Patience, (s, v) => s with { PlateauPatience = v }),
            Choice("start", Enum.GetValues<LinkStart>(), (s, v) => s with { Start = v, StartScale = 1 }),
            Real("scale of a normal start", 1e-5, 1,
                (s, v) => s.Start == LinkStart.Normal ? s with { StartScale = v } : s, log: true),
            Real("scale of a uniform start", 1e-5, 1,
                (s, v) => s.Start == LinkStart.Uniform ? s with { StartScale = v } : s),
            Choice("penalty", [0, 1, 2, 3], (s, v) => s with { PenaltyPower = v }),         // 0: none
            Choice("penalty by frequency", both,
                (s, v) => s.PenaltyPower > 0 ? s with { PenaltyByFrequency = v } : s),
            Real("entity penalty", 1e-20, 0.1,
                (s, v) => s.PenaltyPower > 0 ? s with { EntityPenalty = v } : s, log: true),
            Real("relation penalty", 1e-20, 0.1,
                (s, v) => s.PenaltyPower > 0 ? s with { RelationPenalty = v } : s, log: true),
            Real("entity dropout", -0.5, 0.5, (s, v) => s with { EntityDropout = Math.Max(0, v) }),
            Real("relation dropout", -0.5, 0.5, (s, v) => s with { RelationDropout = Math.Max(0, v) }),
        ];
        if (!onlyTails) axes.Add(Choice("reciprocal relations", both, (s, v) => s with { Reciprocal = v }));
        if (training == LinkTrainingType.KvsAll)
            axes.Add(Real("label smoothing", -0.3, 0.3,
                (s, v) => s with { LabelSmoothing = Math.Max(0, v) }));
        if (sampled)
        {
            axes.Add(Whole("head negatives", 1, budget.MaxNegatives, (s, v) => s with { HeadNegatives = v },
                log: true));
            axes.Add(Whole("tail negatives", 1, budget.MaxNegatives, (s, v) => s with { TailNegatives = v },
                log: true));
        }
        if (loss == LinkLoss.Margin)
            axes.Add(Real("margin", 0.1, 10, (s, v) => s with { Margin = v }, log: true));
        if (model == LinkModel.TransE)
        {
            axes.Add(Choice("norm", [1, 2], (s, v) => s with { Norm = v }));
            axes.Add(Choice("entities of length 1", both, (s, v) => s with { NormalizeEntities = v }));
            axes.Add(Choice("relations of length 1", both, (s, v) => s with { NormalizeRelations = v }));
        }
        if (model == LinkModel.ConvE)
        {
            axes.Add(Real("dropout of maps", 0, 0.5,
                (s, v) => s with { InnerDropouts = [v, s.InnerDropouts[1]] }));
            axes.Add(Real("dropout of the projection", 0, 0.5,
                (s, v) => s with { InnerDropouts = [s.InnerDropouts[0], v] }));
            axes.Add(Choice("bias of the convolution", both, (s, v) => s with { InnerBias = v }));
        }
        return new(start, axes);

        static SearchAxis<LinkSettings> Choice<T>(string name, T[] values,
            Func<LinkSettings, T, LinkSettings> set) =>
            SearchAxis<LinkSettings>.Choice(name, values, set);
        static SearchAxis<LinkSettings> Real(string name, double low, double high,
            Func<LinkSettings, double, LinkSettings> set, bool log = false) =>
            SearchAxis<LinkSettings>.Real(name, low, high, set, log);
        static SearchAxis<LinkSettings> Whole(string name, int low, int high,
            Func<LinkSettings, int, LinkSettings> set, bool log = false) =>
            SearchAxis<LinkSettings>.Whole(name, low, high, set, log);
    }

    /// <summary>The second stage's space: everything that is a number and matters, around a trial of the
    /// first.</summary>
    /// <param name="best">The trial.</param>
    /// <param name="budget">That of the first stage.</param>
    /// <returns>The space, and the place of the trial in it.</returns>
    public static (SearchSpace<LinkSettings> Space, double[] Point) Refined(OldDogTrial best,
        OldDogBudget budget)
    {
        ArgumentNullException.ThrowIfNull(best);
        var settings = best.Settings;
        var whole = Space(settings.Model, settings.Training, settings.Loss, budget);
        // Such as a scale of another start than this: its ends mean the same.
        bool Matters(SearchAxis<LinkSettings> axis) =>
            Text(axis.Set(settings, 0)) != Text(axis.Set(settings, 1));
        int[] kept = [.. Enumerable.Range(0, whole.Axes.Count)
            .Where(i => !whole.Axes[i].IsChoice && Matters(whole.Axes[i]))];
        return (new(settings, [.. kept.Select(i => whole.Axes[i])]), [.. kept.Select(i => best.Point[i])]);
    }

    /// <summary>The search for one model, or one shard of it.</summary>
    /// <remarks>Shard s of n runs the trials s, s + n, s + 2n, … of the first stage. The second stage is a
    /// chain, where each proposal needs what came before; whoever finds the first stage done walks it
    /// alone.</remarks>
    /// <param name="data">The triples. Chosen is by validation; test triples only leave the rankings.</param>
    /// <param name="model">The model.</param>
    /// <param name="budget">How much is tried, and among what.</param>
    /// <param name="file">Where finished trials are kept, a line each, for all shards and models: a search
    /// that was stopped goes on, and a trial that was stopped, too. Null: nowhere.</param>
    /// <param name="shard">Which shard, from 0.</param>
    /// <param name="shards">How many there are.</param>
    /// <returns>The trials that are done, those of other shards too, by number.</returns>
    /// <exception cref="InvalidDataException">The file has trials of other settings under this search's
    /// name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    public static IReadOnlyList<OldDogTrial> Run(LinkDataset data, LinkModel model, OldDogBudget budget,
        string? file = null, int shard = 0, int shards = 1)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(budget);
        if (shard < 0 || shard >= shards)
            throw new ArgumentOutOfRangeException(nameof(shard), shard,
                $"The {shards} shards are 0 to {shards - 1}.");
        string search = $"{model} on {data.Name}";
        var spaces = Combinations(model).Select(c => Space(model, c.Training, c.Loss, budget)).ToArray();
        var points = spaces.Select((space, c) => new SobolSequence(space.Axes.Count, 100 * budget.Seed + c))
            .ToArray();
        int first = budget.FirstTrials * spaces.Length, all = first + budget.SecondTrials;
        // Combinations take turns, so that the first trials are a small search of their own.
        (double[] Point, LinkSettings Settings) Planned(int number)
        {
            var (space, sequence) = (spaces[number % spaces.Length], points[number % spaces.Length]);
            double[] point = space.Snap(sequence.Point(number / spaces.Length));
            return (point, Seeded(space.At(point), budget, number));
        }

        var done = new Dictionary<int, OldDogTrial>();
        void Reread()
        {
            if (file is null) return;
            foreach (var trial in Read(file).Where(trial => trial.Search == search))
                done.TryAdd(trial.Number, trial);
        }

        Reread();
        foreach (var trial in done.Values.Where(trial => trial.Number < first))
            if (Text(Planned(trial.Number).Settings) != Text(trial.Settings))
                throw new InvalidDataException($"'{file}' has a trial {trial.Number} of '{search}' with "
                    + "other settings than this search gives it. Go on with the budget that the file was begun "
                    + "with, or name another file.");
        using var progress = Progress.Start(search, all, done.Count);
        void Try(int number, OldDogStage stage, double[] point, LinkSettings settings)
        {
            var trial = Trial(data, search, number, stage, point, settings, budget, file);
            if (file is not null) Append(file, trial);
            done.Add(number, trial);
            progress.Step($"validation MRR {done.Values.Max(t => t.Mrr):0.000}");
        }

        for (int number = shard; number < first; number += shards)
        {
            if (done.ContainsKey(number)) continue;
            var (point, settings) = Planned(number);
            Try(number, OldDogStage.First, point, settings);
        }
        Reread();                                   // what other shards have done may be there by now
        bool isBegun = done.Keys.Count(number => number < first) == first;
        using var turn = isBegun && file is not null ? Turn($"{file}.{model}.lock") : null;
        if (isBegun && (file is null || turn is not null))
        {
            Reread();
            var best = done.Values.Where(trial => trial.Number < first).OrderBy(trial => trial.Number)
                .MaxBy(trial => trial.Mrr)!;
            var (space, begun) = Refined(best, budget);
            var sequence = new SobolSequence(space.Axes.Count, 100 * budget.Seed + 99);
            for (int number = first; number < all; number++)
            {
                if (done.ContainsKey(number)) continue;
                bool quasi = number - first < budget.SecondSobol;
                var known = Enumerable.Range(first, number - first).Select(n => done[n]).ToArray();
                double[] point = quasi
                    ? space.Snap(sequence.Point(number - first))
                    : space.Propose([begun, .. known.Select(t => t.Point)],
                        [best.Mrr, .. known.Select(t => t.Mrr)], number);
                Try(number, quasi ? OldDogStage.SecondSobol : OldDogStage.SecondModel, point,
                    Seeded(space.At(point), budget, number));
            }
        }
        return [.. done.Values.OrderBy(trial => trial.Number)];
    }

    /// <summary>Trains the winner again, with other seeds, and now looks at the test triples.</summary>
    /// <param name="data">The triples.</param>
    /// <param name="settings">The best trial's.</param>
    /// <param name="seeds">A training each; five in the paper.</param>
    public static IReadOnlyList<OldDogRun> Retrain(LinkDataset data, LinkSettings settings,
        IEnumerable<int> seeds)
    {
        ArgumentNullException.ThrowIfNull(data);
        return
        [
            .. Progress.Over("train the winner", seeds).Select(seed =>
            {
                var (model, history) = LinkTraining.Train(data, settings with { Seed = seed });
                using var owned = model;
                var (mrr, epoch) = Best(history, settings);
                return new OldDogRun(mrr, epoch, LinkRanking.Rank(model, data.Test, data.Known));
            }),
        ];
    }

    /// <summary>What a choice is worth: the best trial with each of its values, against the best of
    /// all.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="choice">Names the value that some settings have, such as one of <see
    /// cref="Choices"/>.</param>
    /// <returns>The values, the best first.</returns>
    /// <exception cref="ArgumentException">There is no trial.</exception>
    public static IReadOnlyList<OldDogInfluence> Influence(IReadOnlyCollection<OldDogTrial> trials,
        Func<LinkSettings, string> choice)
    {
        ArgumentNullException.ThrowIfNull(trials);
        if (trials.Count == 0) throw new ArgumentException("There is no trial.", nameof(trials));
        double top = trials.Max(trial => trial.Mrr);
        return
        [
            .. trials.GroupBy(trial => choice(trial.Settings))
                .Select(group => (group.Key, Count: group.Count(), Best: group.Max(trial => trial.Mrr)))
                .OrderByDescending(group => group.Best)
                .Select(group => new OldDogInfluence(group.Key, group.Count, group.Best, top - group.Best)),
        ];
    }

    /// <summary>The trials of a file, whichever search they belong to. A line that was cut off is passed
    /// over.</summary>
    /// <param name="file">The file; one that is not there has none.</param>
    public static IReadOnlyList<OldDogTrial> Read(string file)
    {
        if (!File.Exists(file)) return [];
        using var stream = Alone(file);
        return [.. Lines(stream).Select((line, i) => Parse(line, file, i + 1))];
    }

    private static OldDogTrial Parse(string line, string file, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<OldDogTrial>(line, Json)!;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"Line {number} of '{file}' is no trial: {error.Message}", error);
        }
    }

    private static OldDogTrial Trial(LinkDataset data, string search, int number, OldDogStage stage,
        double[] point, LinkSettings settings, OldDogBudget budget, string? file)
    {
        string? checkpoint = file is null ? null : $"{file}.{settings.Model}-{number}.checkpoint";
        var begun = System.Diagnostics.Stopwatch.StartNew();
        var (mrr, epoch) = (0.0, 0);
        try
        {
            var (model, history) = LinkTraining.Train(data, settings, checkpoint, budget.Validation);
            model.Dispose();
            (mrr, epoch) = Best(history, settings);
        }
        catch (NonFiniteLossException)
        {
            // A learning rate that is too high is a result as well: the worst there is.
        }
        if (checkpoint is not null) File.Delete(checkpoint);
        return new OldDogTrial(search, number, stage, point, settings, mrr, epoch,
            begun.Elapsed.TotalSeconds);
    }

    private static (double Mrr, int Epoch) Best(History history, LinkSettings settings)
    {
        int best = history.BestEpoch(LinkTraining.ValidationMrr, higherIsBetter: true);
        return (history[LinkTraining.ValidationMrr][best],
            Math.Min(settings.Epochs, (best + 1) * settings.EvaluateEvery));
    }

    private static LinkSettings Seeded(LinkSettings settings, OldDogBudget budget, int number) =>
        settings with { Seed = 10_000 * budget.Seed + number };

    private static string Text(LinkSettings settings) => JsonSerializer.Serialize(settings, Json);

    private static void Append(string file, OldDogTrial trial)
    {
        using var stream = Alone(file);
        // drops what was cut off
        stream.SetLength(Lines(stream).Sum(line => Encoding.UTF8.GetByteCount(line) + 1));
        stream.Seek(0, SeekOrigin.End);
        stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(trial, Json) + "\n"));
    }

    private static string[] Lines(FileStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        return reader.ReadToEnd().Split('\n')[..^1];
    }

    /// <summary>The file, for this process alone; another one's line takes no longer than a blink.</summary>
    private static FileStream Alone(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        for (int tries = 1; ; tries++)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (tries < LockTries)
            {
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>The right to walk the second stage; null while another process has it.</summary>
    private static FileStream? Turn(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
