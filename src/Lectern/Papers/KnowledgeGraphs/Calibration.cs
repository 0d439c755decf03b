// Calibration — P. Tabacof and L. Costabello, "Probability Calibration for Knowledge Graph Embedding Models",
// ICLR 2020, arXiv:1912.10000.
// Idea      The logistic of an embedding model's score is no probability. A monotone map from scores to
//           probabilities, fitted to held-out triples, makes it one; where nobody has false triples,
//           corrupted ones do, weighted so that the true ones have the share that they have in the world.
// Symbols   t -> Triple; f(t) -> score; p -> probability; A, B -> PlattScaling.A, B; m -> IsotonicRegression;
//           eta -> corruptions a true triple; alpha -> base rate; omega -> ScoredTriples.Weights
// Platt     p = sigma(-(A f + B)), by the log loss of smoothed labels, Newton's method   -> PlattScaling.Fit
// Isotonic  the non-decreasing m that minimises sum omega (y - m(f))^2, by pooling adjacent violators
//                                                                                  -> IsotonicRegression.Fit
// Synthetic omega+ = eta, omega- = 1/alpha - 1: the true ones weigh alpha of all   -> ScoredTriples.Synthetic
// Metrics   Brier score, log loss, calibration error, accuracy at one half           -> CalibrationQuality.Of
// Baseline  a threshold a relation, the median of its validation scores             -> RelationThresholds.Fit
// Differs   Synthetic fits are made once, on all corruptions, not by a gradient step a draw: both of the
//           problems have one minimum.
using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>Scores of triples whose truth is known, each with a weight: what calibrations are fitted to and
/// judged by.</summary>
public sealed record ScoredTriples
{
    private ScoredTriples(
        double[] positives, double[] negatives, double positiveWeight, double negativeWeight)
    {
        Scores = [.. positives, .. negatives];
        if (positives.Length == 0 || negatives.Length == 0 || !Scores.All(double.IsFinite))
            throw new ArgumentException(
                "Calibration wants finite scores of true and of false triples; given were "
                + $"{positives.Length} and {negatives.Length}, "
                + $"{Scores.Count(f => !double.IsFinite(f))} of them not finite.");
        True = [.. Enumerable.Range(0, Scores.Count).Select(i => i < positives.Length)];
        Weights = [.. True.Select(y => y ? positiveWeight : negativeWeight)];
    }

    /// <summary>f, the scores; higher means more plausible.</summary>
    public IReadOnlyList<double> Scores { get; }

    /// <summary>y, which triples are true.</summary>
    public IReadOnlyList<bool> True { get; }

    /// <summary>ω, how much each counts.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>α, the true ones' share of all weight.</summary>
    public double BaseRate => Weights.Where((_, i) => True[i]).Sum() / Weights.Sum();

    /// <summary>With false triples that are known as such; all weigh 1.</summary>
    /// <param name="positives">Scores of true triples.</param>
    /// <param name="negatives">Scores of false triples.</param>
    /// <exception cref="ArgumentException">One kind is missing, or a score is not finite.</exception>
    public static ScoredTriples Labelled(double[] positives, double[] negatives) =>
        new(positives, negatives, 1, 1);

    /// <summary>With corrupted triples in the place of false ones (section 4.2).</summary>
    /// <param name="positives">Scores of true triples.</param>
    /// <param name="corrupted">Scores of corruptions of them, η for each.</param>
    /// <param name="baseRate">α, the share of true triples among those that will be asked for; nobody but
    /// the asker knows it.</param>
    /// <exception cref="ArgumentException">One kind is missing, or a score is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The base rate is not between 0 and 1.</exception>
    public static ScoredTriples Synthetic(double[] positives, double[] corrupted, double baseRate)
    {
        if (baseRate is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(baseRate), baseRate, "A base rate lies between 0 and 1.");
        double eta = (double)corrupted.Length / positives.Length;
        return new(positives, corrupted, eta, 1 / baseRate - 1);                // ω₊ = η, ω₋ = 1/α - 1
    }
}

/// <summary>A map from scores to probabilities.</summary>
public interface ICalibrator
{
    /// <summary>The probability that a triple is true.</summary>
    /// <param name="score">Its score.</param>
    /// <returns>From 0 to 1; never lower for a higher score of a model that knows anything.</returns>
    double Probability(double score);
}

/// <summary>No calibration: σ(f), what embedding models are trained to make large and small.</summary>
public sealed record Uncalibrated : ICalibrator
{
    /// <inheritdoc/>
    public double Probability(double score) => Calibration.Sigmoid(score);
}

/// <summary>Platt scaling: p = σ(-(A f + B)); A is below 0 for scores that are higher for true
/// triples.</summary>
/// <param name="A">What the score is multiplied by.</param>
/// <param name="B">What is added.</param>
public sealed record PlattScaling(double A, double B) : ICalibrator
{
    private const int MostSteps = 200;

    /// <inheritdoc/>
    public double Probability(double score) => Calibration.Sigmoid(-(A * score + B));

    /// <summary>Minimises Σ ω (-y log p - (1 - y) log(1 - p)).</summary>
    /// <param name="data">The triples.</param>
    /// <param name="smooth">Whether the labels are (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2), so that neither A nor p
    /// run away where scores part the two kinds; otherwise 1 and 0.</param>
    /// <remarks>Newton's method on standardised scores, O(N) a step, about ten steps.</remarks>
    public static PlattScaling Fit(ScoredTriples data, bool smooth = true)
    {
        ArgumentNullException.ThrowIfNull(data);
        var (f, w) = (data.Scores, data.Weights);
        double positives = data.True.Count(y => y), negatives = f.Count - positives, total = w.Sum();
        double high = smooth ? (positives + 1) / (positives + 2) : 1, low = smooth ? 1 / (negatives + 2) : 0;
        double mean = f.Average(), deviation = Math.Sqrt(f.Average(x => (x - mean) * (x - mean)));
        if (!(deviation > 0)) deviation = 1;                            // all scores are equal
        double[] z = [.. f.Select(x => (x - mean) / deviation)];
        double[] y = [.. data.True.Select(t => t ? high : low)];

        double Loss(double a, double b)
        {
            double sum = 0;
            for (int i = 0; i < z.Length; i++)
            {
                double u = a * z[i] + b;                                // -log σ(-u) = log(1 + exp u)
                sum += w[i] * (Math.Max(u, 0) + Math.Log(1 + Math.Exp(-Math.Abs(u))) - (1 - y[i]) * u);
            }
            return sum / total;
        }

        var (A, B) = (0.0, Math.Log(1 / data.BaseRate - 1));
        double loss = Loss(A, B);
        for (int step = 0; step < MostSteps; step++)
        {
            double gA = 0, gB = 0, hAA = 1e-12, hAB = 0, hBB = 1e-12;
            for (int i = 0; i < z.Length; i++)
            {
                double p = Calibration.Sigmoid(-(A * z[i] + B)), share = w[i] / total;
                double g = share * (y[i] - p), h = share * p * (1 - p);
                (gA, gB) = (gA + g * z[i], gB + g);
                (hAA, hAB, hBB) = (hAA + h * z[i] * z[i], hAB + h * z[i], hBB + h);
            }
            double determinant = hAA * hBB - hAB * hAB;
            double dA = (hBB * gA - hAB * gB) / determinant, dB = (hAA * gB - hAB * gA) / determinant;
            if (gA * dA + gB * dB < 1e-12)                              // the last step is as good as exact
            {
                (A, B) = (A - dA, B - dB);
                break;
            }
            double length = 1, next = Loss(A - dA, B - dB);
            while (!(next <= loss) && length > 1e-9)
            {
                length /= 2;
                next = Loss(A - length * dA, B - length * dB);
            }
            if (!(next < loss)) break;
            (A, B, loss) = (A - length * dA, B - length * dB, next);
        }
        return new PlattScaling(A / deviation, B - A * mean / deviation);
    }
}

/// <summary>Isotonic regression: steps that never go down, straight lines between them.</summary>
/// <remarks>It makes ties, so that triples are better ranked by their scores.</remarks>
public sealed record IsotonicRegression : ICalibrator
{
    private readonly double[] scores, values;

    private IsotonicRegression(List<Block> blocks)
    {
        // A step has two ends, or one where they meet.
        (double Score, double Value)[] ends = [.. blocks.SelectMany(b => b.First < b.Last
            ? new[] { (b.First, b.Mean), (b.Last, b.Mean) } : [(b.First, b.Mean)])];
        (scores, values) = ([.. ends.Select(e => e.Score)], [.. ends.Select(e => e.Value)]);
        Steps = blocks.Count;
    }

    private readonly record struct Block(double First, double Last, double Sum, double Weight)
    {
        internal double Mean => Sum / Weight;

        internal Block And(Block next) => new(First, next.Last, Sum + next.Sum, Weight + next.Weight);
    }

    /// <summary>Number of steps.</summary>
    public int Steps { get; }

    /// <inheritdoc/>
    public double Probability(double score)
    {
        int at = Array.BinarySearch(scores, score);
        if (at >= 0) return values[at];
        int next = ~at;
        if (next == 0) return values[0];
        if (next == scores.Length) return values[^1];
        double share = (score - scores[next - 1]) / (scores[next] - scores[next - 1]);
        return values[next - 1] + share * (values[next] - values[next - 1]);
    }

    /// <summary>Minimises Σ ω (y - m(f))² among the functions m that never fall, by pooling adjacent
    /// violators.</summary>
    /// <param name="data">The triples.</param>
    /// <remarks>O(N log N) for the sorting; the pooling is O(N), since each pool is joined once.</remarks>
    public static IsotonicRegression Fit(ScoredTriples data)
    {
        ArgumentNullException.ThrowIfNull(data);
        double[] sorted = [.. data.Scores];
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        var points = new List<Block>();
        foreach (int i in order)
        {
            double f = data.Scores[i], w = data.Weights[i];
            var point = new Block(f, f, data.True[i] ? w : 0, w);
            // Tied scores are one point whatever their labels: else the order of the input would matter.
            if (points.Count > 0 && points[^1].Last == f) points[^1] = points[^1].And(point);
            else points.Add(point);
        }
        return new IsotonicRegression(Pool(points));
    }

    /// <summary>Pools neighbours as long as one is not higher than the one before it.</summary>
    private static List<Block> Pool(IEnumerable<Block> points)
    {
        var blocks = new List<Block>();
        foreach (var point in points)
        {
            var block = point;
            while (blocks.Count > 0 && blocks[^1].Mean >= block.Mean)
            {
                block = blocks[^1].And(block);
                blocks.RemoveAt(blocks.Count - 1);
            }
            blocks.Add(block);
        }
        return blocks;
    }
}

/// <summary>A calibration moved from the base rate that it was fitted at to another one: the odds times
/// α'/(1 - α') · (1 - α)/α.</summary>
/// <param name="Calibrator">The calibration.</param>
/// <param name="From">α, the base rate that it was fitted at.</param>
/// <param name="To">α', the base rate of those who ask.</param>
public sealed record OddsShift(ICalibrator Calibrator, double From, double To) : ICalibrator
{
    /// <inheritdoc/>
    public double Probability(double score)
    {
        double p = Calibrator.Probability(score), factor = To / (1 - To) * ((1 - From) / From);
        return p * factor / (p * factor + 1 - p);
    }
}

/// <summary>The predictions of one bin of probability.</summary>
/// <param name="Predicted">Their mean.</param>
/// <param name="True">The share of true triples among them.</param>
/// <param name="Share">Their share of all weight.</param>
public readonly record struct ReliabilityBin(double Predicted, double True, double Share);

/// <summary>How good probabilities are; all are means by weight.</summary>
/// <param name="Brier">Mean of (p - y)²: 0 for perfect foresight, α(1 - α) for always saying α.</param>
/// <param name="LogLoss">Mean of -log of the probability of what is the case, p kept from 1e-7 to
/// 1 - 1e-7.</param>
/// <param name="CalibrationError">Mean distance of the bins' predictions from the bins' truth.</param>
/// <param name="Accuracy">Share for which p above one half says what is the case.</param>
/// <param name="Bins">Ten bins of equal width, those that are not empty.</param>
public sealed record CalibrationQuality(double Brier, double LogLoss, double CalibrationError,
    double Accuracy, IReadOnlyList<ReliabilityBin> Bins)
{
    private const int BinCount = 10;
    private const double Clip = 1e-7;

    /// <summary>Judges a calibration.</summary>
    /// <param name="calibrator">The calibration.</param>
    /// <param name="data">Triples that it was not fitted to.</param>
    public static CalibrationQuality Of(ICalibrator calibrator, ScoredTriples data)
    {
        ArgumentNullException.ThrowIfNull(calibrator);
        ArgumentNullException.ThrowIfNull(data);
        double total = data.Weights.Sum();
        var all = data.Scores.Select((f, i) =>
            (P: calibrator.Probability(f), Y: data.True[i] ? 1.0 : 0, W: data.Weights[i] / total)).ToArray();
        int BinOf(double p) => Math.Min(BinCount - 1, (int)(p * BinCount));
        var bins = all.GroupBy(t => BinOf(t.P)).OrderBy(bin => bin.Key).Select(bin =>
        {
            double share = bin.Sum(t => t.W);
            return new ReliabilityBin(
                bin.Sum(t => t.W * t.P) / share, bin.Sum(t => t.W * t.Y) / share, share);
        }).ToArray();
        return new CalibrationQuality(
            all.Sum(t => t.W * (t.P - t.Y) * (t.P - t.Y)),
            -all.Sum(t => t.W * Math.Log(Math.Clamp(t.Y == 1 ? t.P : 1 - t.P, Clip, 1 - Clip))),
            bins.Sum(bin => bin.Share * Math.Abs(bin.Predicted - bin.True)),
            all.Sum(t => t.P > 0.5 == (t.Y == 1) ? t.W : 0), bins);
    }
}

/// <summary>A threshold a relation, the usual way of triple classification: the median of the relation's
/// validation scores, half of which are of true triples.</summary>
/// <param name="ByRelation">The thresholds.</param>
/// <param name="Otherwise">The median of all, for relations that validation has not.</param>
public sealed record RelationThresholds(IReadOnlyDictionary<int, double> ByRelation, double Otherwise)
{
    /// <summary>Takes the medians.</summary>
    /// <param name="triples">Validation triples, true and false ones in equal number.</param>
    /// <param name="scores">Their scores.</param>
    public static RelationThresholds Fit(IReadOnlyList<Triple> triples, IReadOnlyList<double> scores)
    {
        RequireOneEach(triples, scores);
        return new(triples.Zip(scores).GroupBy(t => t.First.Relation)
            .ToDictionary(g => g.Key, g => Median(g.Select(t => t.Second))), Median(scores));
    }

    /// <summary>Whether a triple counts as true.</summary>
    /// <param name="triple">The triple.</param>
    /// <param name="score">Its score.</param>
    public bool IsTrue(Triple triple, double score) =>
        score > ByRelation.GetValueOrDefault(triple.Relation, Otherwise);

    /// <summary>Share of triples that are rightly told, from 0 to 1.</summary>
    /// <param name="triples">The triples.</param>
    /// <param name="scores">Their scores.</param>
    /// <param name="truth">Which are true.</param>
    public double Accuracy(
        IReadOnlyList<Triple> triples, IReadOnlyList<double> scores, IReadOnlyList<bool> truth)
    {
        RequireOneEach(triples, scores);
        return triples.Select((t, i) => IsTrue(t, scores[i]) == truth[i] ? 1.0 : 0).Average();
    }

    private static void RequireOneEach(IReadOnlyList<Triple> triples, IReadOnlyList<double> scores)
    {
        if (triples.Count == 0 || triples.Count != scores.Count)
            throw new ArgumentException(
                $"{scores.Count} scores for {triples.Count} triples: give one each, and one at least.",
                nameof(scores));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}

/// <summary>What a study chooses; the defaults are the paper's (section 5.2).</summary>
/// <param name="Corruptions">η, corruptions a true triple; in the paper one in each of 1,000 passes.</param>
/// <param name="BaseRate">α, for synthetic negatives.</param>
/// <param name="Seed">Of the corruptions.</param>
public sealed record CalibrationSettings(int Corruptions = 100, double BaseRate = 0.5, int Seed = 1);

/// <summary>One way to probabilities, fitted to validation triples and judged on test triples.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Calibrator">The map.</param>
/// <param name="Quality">How good it is.</param>
public sealed record CalibrationRow(string Method, ICalibrator Calibrator, CalibrationQuality Quality);

/// <summary>Scores of held-out and of corrupted triples, and the paper's comparison.</summary>
public static class Calibration
{
    /// <summary>σ(x).</summary>
    internal static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>A model's scores of triples.</summary>
    /// <param name="model">The model; it is left in evaluation mode.</param>
    /// <param name="triples">The triples.</param>
    /// <param name="chunk">How many are scored at once.</param>
    public static double[] Scores(LinkPredictor model, IReadOnlyList<Triple> triples, int chunk = 8192)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.eval();
        using var quiet = no_grad();
        var scores = new List<double>(triples.Count);
        foreach (var some in triples.Chunk(chunk))
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            scores.AddRange(model.Triples(some).cpu().to(ScalarType.Float64).data<double>());
        }
        return [.. scores];
    }

    /// <summary>Corruptions: the head or the tail, by the toss of a coin, gives way to any entity.</summary>
    /// <param name="triples">True triples.</param>
    /// <param name="entities">Number of entities.</param>
    /// <param name="each">η, corruptions of each.</param>
    /// <param name="seed">Which of the many.</param>
    /// <returns>Those of the first triple, then those of the second, …; some may be true, as nobody
    /// looks.</returns>
    /// <exception cref="ArgumentOutOfRangeException">η is below 1.</exception>
    public static Triple[] Corrupt(IReadOnlyList<Triple> triples, int entities, int each, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(each, 1);
        var random = new Random(seed);
        return [.. triples.SelectMany(triple => Enumerable.Repeat(triple, each)).Select(triple =>
            random.Next(2) == 0
                ? triple with { Head = random.Next(entities) }
                : triple with { Tail = random.Next(entities) })];
    }

    /// <summary>The paper's five columns on a set with false triples: no calibration, and both kinds of
    /// calibration with true and with synthetic negatives; all judged on true and false test
    /// triples.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="data">The triples.</param>
    /// <param name="settings">What is chosen.</param>
    /// <returns>The columns, and the accuracy of a threshold a relation.</returns>
    public static (IReadOnlyList<CalibrationRow> Rows, double ByRelation) Study(
        LinkPredictor model, LabelledTriples data, CalibrationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(data);
        var links = data.Links;
        double[] positives = Scores(model, links.Validation);
        double[] negatives = Scores(model, data.ValidationNegatives);
        var test = ScoredTriples.Labelled(Scores(model, links.Test), Scores(model, data.TestNegatives));
        var rows = Compare(ScoredTriples.Labelled(positives, negatives),
            Corrupted(model, links.Validation, settings), test);
        var thresholds = RelationThresholds.Fit(
            [.. links.Validation, .. data.ValidationNegatives], [.. positives, .. negatives]);
        return (rows, thresholds.Accuracy([.. links.Test, .. data.TestNegatives], test.Scores, test.True));
    }

    /// <summary>The same on a set without false triples: fitted to, and judged on, corruptions at the base
    /// rate.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="data">The triples.</param>
    /// <param name="settings">What is chosen.</param>
    public static IReadOnlyList<CalibrationRow> Study(
        LinkPredictor model, LinkDataset data, CalibrationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(settings);
        var test = Corrupted(model, data.Test, settings with { Seed = settings.Seed + 1 });
        return Compare(null, Corrupted(model, data.Validation, settings), test);
    }

    /// <summary>Triples with their corruptions, weighted to the base rate.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="triples">True triples.</param>
    /// <param name="settings">What is chosen.</param>
    public static ScoredTriples Corrupted(
        LinkPredictor model, IReadOnlyList<Triple> triples, CalibrationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        var corrupted = Corrupt(triples, (int)model.EntityCount, settings.Corruptions, settings.Seed);
        return ScoredTriples.Synthetic(Scores(model, triples), Scores(model, corrupted), settings.BaseRate);
    }

    /// <summary>All ways, judged on the same triples.</summary>
    private static CalibrationRow[] Compare(
        ScoredTriples? labelled, ScoredTriples synthetic, ScoredTriples test)
    {
        CalibrationRow Row(string method, ICalibrator calibrator) =>
            new(method, calibrator, CalibrationQuality.Of(calibrator, test));
        CalibrationRow[] withTruth = labelled is null ? []
            : [Row("Platt", PlattScaling.Fit(labelled)), Row("isotonic", IsotonicRegression.Fit(labelled))];
        return
        [
            Row("uncalibrated", new Uncalibrated()), .. withTruth,
            Row("Platt, synthetic", PlattScaling.Fit(synthetic)),
            Row("isotonic, synthetic", IsotonicRegression.Fit(synthetic)),
        ];
    }
}
