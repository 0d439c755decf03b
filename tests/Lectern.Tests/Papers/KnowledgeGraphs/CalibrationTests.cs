using System.Globalization;
using Lectern.KnowledgeGraphs;
using Lectern.Papers.KnowledgeGraphs;
using Lectern.Tests.Data;
using Lectern.Training;

namespace Lectern.Tests.Papers.KnowledgeGraphs;

/// <summary>Maps from scores to probabilities: by hand, by slow routes, on trained models.</summary>
public sealed class CalibrationTests
{
    /// <summary>Scores on a grid, so that many are tied, of which higher ones are more often true; weights for a base rate.</summary>
    private static ScoredTriples Noisy(int n = 400, int seed = 1, double baseRate = 0.3)
    {
        var random = new Random(seed);
        var all = Enumerable.Range(0, n).Select(_ => (F: random.Next(-40, 41) / 8.0, U: random.NextDouble())).ToArray();
        double[] Of(bool truth) => [.. all.Where(t => t.U < 1 / (1 + Math.Exp(-0.7 * t.F - 0.3)) == truth).Select(t => t.F)];
        return ScoredTriples.Synthetic(Of(true), Of(false), baseRate);
    }

    private static double[] Fitted(ICalibrator calibrator, ScoredTriples data) => [.. data.Scores.Select(calibrator.Probability)];

    private static double Mean(ScoredTriples data, Func<int, double> value) =>
        Enumerable.Range(0, data.Scores.Count).Sum(i => data.Weights[i] * value(i)) / data.Weights.Sum();

    [Fact]
    public void By_hand_six_points_are_pooled_where_they_fall()
    {
        // Scores 1 to 6 with truths 0 1 0 0 1 1: the true one at 2 is pooled with the two false ones after it.
        var isotonic = IsotonicRegression.Fit(ScoredTriples.Labelled([2, 5, 6], [1, 3, 4]));

        double[] expected = [0, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1, 1];
        Assert.Equal(expected, Enumerable.Range(1, 6).Select(f => isotonic.Probability(f)));
        Assert.Equal(3, isotonic.Steps);
        Assert.Equal(1 / 6.0, isotonic.Probability(1.5), 1e-12);            // a straight line from 0 to 1/3
        Assert.Equal(1 / 3.0 + 0.25 * 2 / 3, isotonic.Probability(4.25), 1e-12);
        Assert.Equal((0, 1), (isotonic.Probability(-100), isotonic.Probability(100)));
    }

    [Fact]
    public void By_hand_ties_are_one_point_before_anything_is_pooled()
    {
        // At 2 three of four are true: above the one half at 1, so nothing is pooled, though a false one stands at 2.
        var isotonic = IsotonicRegression.Fit(ScoredTriples.Labelled([1, 2, 2, 2], [1, 2]));
        Assert.Equal((0.5, 0.75), (isotonic.Probability(1), isotonic.Probability(2)));

        var other = IsotonicRegression.Fit(ScoredTriples.Labelled([2, 2, 1, 2], [2, 1]));
        Assert.Equal((0.5, 0.75), (other.Probability(1), other.Probability(2)));
    }

    [Theory]
    [InlineData(6, 1)]
    [InlineData(6, 2)]
    [InlineData(60, 3)]
    [InlineData(400, 4)]
    public void Pooling_gives_the_greatest_of_the_least_means(int n, int seed)
    {
        // The closed form of the solution: m(x) = max over a ≤ x of min over b ≥ x of the mean of a..b.
        var data = Noisy(n, seed);
        var points = Enumerable.Range(0, n).GroupBy(i => data.Scores[i]).OrderBy(g => g.Key)
            .Select(g => (F: g.Key, W: g.Sum(i => data.Weights[i]), S: g.Sum(i => data.True[i] ? data.Weights[i] : 0))).ToArray();
        double MeanOf(int a, int b) => points[a..(b + 1)].Sum(p => p.S) / points[a..(b + 1)].Sum(p => p.W);
        var isotonic = IsotonicRegression.Fit(data);
        for (int x = 0; x < points.Length; x++)
        {
            double slow = Enumerable.Range(0, x + 1).Max(a => Enumerable.Range(x, points.Length - x).Min(b => MeanOf(a, b)));
            Assert.Equal(slow, isotonic.Probability(points[x].F), 1e-9);
        }
    }

    [Fact]
    public void Scikit_learn_fits_the_same_steps_and_lines()
    {
        var data = Noisy();
        string Csv(IEnumerable<double> values) => string.Join(',', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
        double[] asked = [.. Enumerable.Range(0, 200).Select(i => -6 + 0.0601 * i)];
        string output = Python.Run("""
            import sys
            try:
                from sklearn.isotonic import IsotonicRegression
            except ImportError:
                print("none")
                exit(0)
            f, y, w, asked = ([float(v) for v in a.split(",")] for a in sys.argv[1:5])
            fitted = IsotonicRegression(out_of_bounds="clip").fit(f, y, sample_weight=w)
            print(",".join(repr(float(v)) for v in fitted.predict(asked)))
            """, Csv(data.Scores), Csv(data.True.Select(y => y ? 1.0 : 0)), Csv(data.Weights), Csv(asked));
        Assert.SkipWhen(output == "none", "Python has no scikit-learn to compare with.");
        var isotonic = IsotonicRegression.Fit(data);
        Assert.All(output.Split(',').Zip(asked), pair =>
            Assert.Equal(double.Parse(pair.First, CultureInfo.InvariantCulture), isotonic.Probability(pair.Second), 1e-9));
    }

    [Fact]
    public void Isotonic_probabilities_keep_the_mean_never_fall_and_are_their_own_fit()
    {
        var data = Noisy();
        var isotonic = IsotonicRegression.Fit(data);
        double[] p = Fitted(isotonic, data);
        Assert.Equal(data.BaseRate, Mean(data, i => p[i]), 1e-12);
        Assert.All(p, value => Assert.InRange(value, 0, 1));
        double[] along = [.. Enumerable.Range(-60, 121).Select(i => isotonic.Probability(i / 10.0))];
        Assert.Equal(along.Order(), along);

        // Fitted once more, to its own probabilities as scores: nothing is left to pool.
        int[] positives = [.. Enumerable.Range(0, p.Length).Where(i => data.True[i])], negatives = [.. Enumerable.Range(0, p.Length).Except(positives)];
        ScoredTriples Mapped(Func<int, double> f) =>
            ScoredTriples.Synthetic([.. positives.Select(f)], [.. negatives.Select(f)], data.BaseRate);
        var again = IsotonicRegression.Fit(Mapped(i => p[i]));
        Assert.All(p, value => Assert.Equal(value, again.Probability(value), 1e-9));

        // Only the order of the scores counts.
        var bent = Mapped(i => Math.Exp(data.Scores[i] / 3));
        Assert.All(Fitted(isotonic, Mapped(i => data.Scores[i])).Zip(Fitted(IsotonicRegression.Fit(bent), bent)),
            pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void On_its_own_data_isotonic_has_no_larger_Brier_score_than_Platt_and_Platt_than_the_base_rate()
    {
        var data = Noisy();
        double Brier(ICalibrator calibrator) => CalibrationQuality.Of(calibrator, data).Brier;
        double isotonic = Brier(IsotonicRegression.Fit(data)), platt = Brier(PlattScaling.Fit(data)), constant = Brier(new Constant(data.BaseRate));
        Assert.True(isotonic <= platt && platt <= constant, $"{isotonic}, {platt}, {constant}");
        Assert.Equal(data.BaseRate * (1 - data.BaseRate), constant, 1e-12);
    }

    private sealed record Constant(double Value) : ICalibrator
    {
        public double Probability(double score) => Value;
    }

    [Fact]
    public void Without_smoothing_Platt_keeps_the_mean_and_leaves_nothing_along_the_scores()
    {
        var data = Noisy();
        double[] p = Fitted(PlattScaling.Fit(data, smooth: false), data);
        Assert.Equal(0.3, Mean(data, i => p[i]), 1e-9);
        Assert.Equal(0, Mean(data, i => ((data.True[i] ? 1 : 0) - p[i]) * data.Scores[i]), 1e-9);
    }

    [Fact]
    public void Without_smoothing_Platt_is_logistic_regression()
    {
        using var scope = NewDisposeScope();
        var noisy = Noisy();
        double[] Of(bool truth) => [.. noisy.Scores.Where((_, i) => noisy.True[i] == truth)];
        var data = ScoredTriples.Labelled(Of(true), Of(false));
        var platt = PlattScaling.Fit(data, smooth: false);
        var x = tensor(data.Scores.ToArray()).unsqueeze(1);
        var regression = LogisticRegression.Fit(x, tensor(data.True.Select(y => y ? 1L : 0).ToArray()), 2, strength: 1e6);
        double[] slope = regression.Weight.data<double>().ToArray(), bias = regression.Bias.data<double>().ToArray();
        Assert.Equal(slope[0] - slope[1], platt.A, 1e-4);
        Assert.Equal(bias[0] - bias[1], platt.B, 1e-4);
        Assert.True(platt.A < 0);
    }

    [Fact]
    public void Platt_finds_the_logistic_model_that_scores_were_drawn_from()
    {
        var random = new Random(1);
        var all = Enumerable.Range(0, 40_000).Select(_ => 4 * random.NextDouble() - 3)
            .Select(f => (F: f, True: random.NextDouble() < 1 / (1 + Math.Exp(-1.7 * f + 0.4)))).ToArray();
        var platt = PlattScaling.Fit(ScoredTriples.Labelled(
            [.. all.Where(t => t.True).Select(t => t.F)], [.. all.Where(t => !t.True).Select(t => t.F)]));
        Assert.Equal(-1.7, platt.A, 0.06);                                  // its standard error is 0.015
        Assert.Equal(0.4, platt.B, 0.06);
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(0.001, 7)]
    public void Scaled_and_moved_scores_get_the_same_probabilities(double c, double d)
    {
        var data = Noisy();
        double[] Of(bool truth) => [.. data.Scores.Where((_, i) => data.True[i] == truth)];
        var moved = ScoredTriples.Synthetic([.. Of(true).Select(f => c * f + d)], [.. Of(false).Select(f => c * f + d)], 0.3);
        var (before, after) = (PlattScaling.Fit(data), PlattScaling.Fit(moved));
        Assert.Equal(before.A / c, after.A, 1e-6 / c);
        Assert.All(Fitted(before, data).Zip(Fitted(after, moved)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Scores_that_say_nothing_leave_the_base_rate_and_scores_that_part_the_kinds_stay_finite()
    {
        var same = PlattScaling.Fit(ScoredTriples.Synthetic([.. Enumerable.Repeat(5.0, 200)], [.. Enumerable.Repeat(5.0, 800)], 0.1));
        Assert.Equal(0.1, same.Probability(5), 5e-3);
        Assert.Equal(0.1, IsotonicRegression.Fit(ScoredTriples.Synthetic([5, 5], [5, 5, 5], 0.1)).Probability(5), 1e-12);

        var parted = PlattScaling.Fit(ScoredTriples.Labelled([1, 2, 3], [-1, -2, -3]));
        Assert.True(double.IsFinite(parted.A) && parted.A < 0);
        Assert.Equal(0.5, parted.Probability(0), 1e-6);
        // The smoothed labels are 4/5 and 1/5.
        Assert.InRange(parted.Probability(2), 0.6, 0.95);
    }

    [Fact]
    public void Platt_keeps_the_order_of_the_scores()
    {
        var data = Noisy();
        Assert.Equal(RocCurve.Area(data.Scores, data.True), RocCurve.Area(Fitted(PlattScaling.Fit(data), data), data.True), 1e-12);
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(20, 0.05)]
    [InlineData(7, 0.95)]
    public void True_triples_weigh_the_base_rate_whatever_the_number_of_corruptions(int eta, double alpha)
    {
        var data = ScoredTriples.Synthetic(new double[10], new double[10 * eta], alpha);
        Assert.Equal(alpha, data.BaseRate, 1e-12);
        Assert.Equal((eta, 1 / alpha - 1), (data.Weights[0], data.Weights[^1]));
        // Left at 1, the weights would say 1/(1 + η).
        Assert.Equal(1.0 / (1 + eta), ScoredTriples.Labelled(new double[10], new double[10 * eta]).BaseRate, 1e-12);
    }

    [Fact]
    public void At_another_base_rate_shifted_odds_are_the_fit_to_the_other_weights()
    {
        var (fitted, asked) = (Noisy(baseRate: 0.5), Noisy(baseRate: 0.1));
        var (isotonic, other) = (new OddsShift(IsotonicRegression.Fit(fitted), 0.5, 0.1), IsotonicRegression.Fit(asked));
        Assert.All(fitted.Scores, f => Assert.Equal(other.Probability(f), isotonic.Probability(f), 1e-9));

        var platt = new PlattScaling(-2, 1);
        var moved = new PlattScaling(-2, 1 - Math.Log(0.1 / 0.9));
        Assert.Equal(moved.Probability(0.8), new OddsShift(platt, 0.5, 0.1).Probability(0.8), 1e-12);
        Assert.Equal(platt.Probability(0.8), new OddsShift(platt, 0.3, 0.3).Probability(0.8), 1e-12);
    }

    [Fact]
    public void By_hand_four_forecasts_are_judged()
    {
        // True at 0.8 and 0.6, false at 0.6 and 0.1.
        var quality = CalibrationQuality.Of(new Identity(), ScoredTriples.Labelled([0.8, 0.6], [0.6, 0.1]));
        Assert.Equal((0.04 + 0.16 + 0.36 + 0.01) / 4, quality.Brier, 1e-12);
        Assert.Equal(-(Math.Log(0.8) + Math.Log(0.6) + Math.Log(0.4) + Math.Log(0.9)) / 4, quality.LogLoss, 1e-12);
        Assert.Equal((0.1 + 0.2 + 2 * 0.1) / 4, quality.CalibrationError, 1e-12);
        Assert.Equal(0.75, quality.Accuracy, 1e-12);
        Assert.Equal([0.1, 0.6, 0.8], quality.Bins.Select(bin => Math.Round(bin.Predicted, 9)));

        var sure = CalibrationQuality.Of(new Identity(), ScoredTriples.Labelled([1, 1], [0]));
        Assert.Equal((0, 0, 1), (sure.Brier, sure.CalibrationError, sure.Accuracy));
        Assert.Equal(-Math.Log(1 - 1e-7), sure.LogLoss, 1e-12);
        Assert.Equal(-Math.Log(1e-7), CalibrationQuality.Of(new Identity(), ScoredTriples.Labelled([0, 0], [1])).LogLoss, 1e-9);
    }

    private sealed record Identity : ICalibrator
    {
        public double Probability(double score) => score;
    }

    [Fact]
    public void The_Brier_score_is_calibration_minus_resolution_plus_uncertainty()
    {
        var random = new Random(2);
        double[] Forecasts(int n) => [.. Enumerable.Range(0, n).Select(_ => random.Next(10) / 10.0 + 0.05)];    // one a bin
        var data = ScoredTriples.Synthetic(Forecasts(40), Forecasts(120), 0.2);
        var quality = CalibrationQuality.Of(new Identity(), data);
        double calibration = quality.Bins.Sum(b => b.Share * (b.Predicted - b.True) * (b.Predicted - b.True));
        double resolution = quality.Bins.Sum(b => b.Share * (b.True - 0.2) * (b.True - 0.2));
        Assert.Equal(quality.Brier, calibration - resolution + 0.2 * 0.8, 1e-12);
        Assert.Equal(1, quality.Bins.Sum(b => b.Share), 1e-12);
    }

    [Fact]
    public void By_hand_each_relation_has_its_median_for_a_threshold()
    {
        Triple[] triples = [new(0, 0, 1), new(0, 0, 2), new(0, 1, 1), new(0, 1, 2), new(1, 1, 2)];
        var thresholds = RelationThresholds.Fit(triples, [1, 3, 10, 30, 20]);
        Assert.Equal((2, 20, 10), (thresholds.ByRelation[0], thresholds.ByRelation[1], thresholds.Otherwise));
        Assert.False(thresholds.IsTrue(triples[0], 2));                     // above, not at
        Assert.True(thresholds.IsTrue(new Triple(5, 9, 5), 11));            // a relation that nobody saw
        Assert.Equal(0.75, thresholds.Accuracy(triples[..4], [1, 3, 10, 30], [false, true, true, true]));
    }

    [Fact]
    public void A_corruption_has_another_head_or_another_tail_and_heads_as_often_as_tails()
    {
        Triple[] triples = [.. Enumerable.Range(0, 200).Select(i => new Triple(i, i % 3, 999 - i))];
        var corrupted = Calibration.Corrupt(triples, 1000, 5, seed: 4);
        Assert.Equal(1000, corrupted.Length);
        Assert.Equal(corrupted, Calibration.Corrupt(triples, 1000, 5, seed: 4));
        Assert.NotEqual(corrupted, Calibration.Corrupt(triples, 1000, 5, seed: 5));
        Assert.All(corrupted.Index(), c => Assert.True(c.Item.Relation == triples[c.Index / 5].Relation
            && (c.Item.Head == triples[c.Index / 5].Head || c.Item.Tail == triples[c.Index / 5].Tail)));
        Assert.InRange(corrupted.Where((c, i) => c.Head != triples[i / 5].Head).Count(), 430, 570);
    }

    [Fact]
    public void Chunks_of_scores_are_the_scores()
    {
        using var model = new LinkPredictor(30, 3, new LinkSettings { Width = 8 });
        Triple[] triples = [.. Enumerable.Range(0, 25).Select(i => new Triple(i, i % 3, 29 - i))];
        double[] whole = Calibration.Scores(model, triples);
        Assert.Equal(whole, Calibration.Scores(model, triples, chunk: 7));
        Assert.Equal(model.Triples([triples[9]]).item<float>(), whole[9], 1e-6);
    }

    public static TheoryData<LinkModel, LinkLoss> Models => new()
    {
        { LinkModel.TransE, LinkLoss.SelfAdversarial },
        { LinkModel.DistMult, LinkLoss.SelfAdversarial },
        { LinkModel.ComplEx, LinkLoss.SelfAdversarial },
        { LinkModel.TransE, LinkLoss.Margin },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Trained_on_countries_a_model_has_lower_Brier_score_and_log_loss_once_calibrated(LinkModel kind, LinkLoss loss)
    {
        var data = LabelledTriples.WithNegatives(LinkDataset.Cut(Countries.Graph(), name: "countries"));
        var (model, _) = LinkTraining.Train(data.Links, new LinkSettings
        {
            Model = kind, Width = 32, Norm = 1, Training = LinkTrainingType.NegativeSampling, Loss = loss, HeadNegatives = 5, TailNegatives = 5,
            Offset = loss == LinkLoss.SelfAdversarial ? 3 : 0, Batch = 200, Optimizer = LinkOptimizer.Adam, LearningRate = 0.01,
            Start = LinkStart.XavierUniform, StartScale = 1, Epochs = 30, EvaluateEvery = 10,
        });
        using var owned = model;
        var settings = new CalibrationSettings(Corruptions: 20);
        var (rows, byRelation) = Calibration.Study(model, data, settings);
        Assert.Equal(["uncalibrated", "Platt", "isotonic", "Platt, synthetic", "isotonic, synthetic"], rows.Select(r => r.Method));
        RequireBetter(rows, brier: 0.02, logLoss: 0.05);
        RequireBetter(Calibration.Study(model, data.Links, settings), brier: 0.02, logLoss: 0.05);      // a set without negatives
        Assert.True(byRelation > 0.6, $"accuracy {byRelation:0.00}; guessing is 0.50");
        double area = RocCurve.Area(Calibration.Scores(model, [.. data.Links.Test, .. data.TestNegatives]),
            [.. data.Links.Test.Select(_ => true), .. data.TestNegatives.Select(_ => false)]);
        Assert.True(area > 0.65, $"area {area:0.00}; guessing is 0.50");
    }

    private static void RequireBetter(IReadOnlyList<CalibrationRow> rows, double brier, double logLoss)
    {
        var before = rows[0].Quality;
        Assert.All(rows.Skip(1), row =>
        {
            Assert.True(row.Quality.Brier < before.Brier - brier, $"{row.Method}: Brier {before.Brier:0.000} -> {row.Quality.Brier:0.000}");
            Assert.True(row.Quality.LogLoss < before.LogLoss - logLoss, $"{row.Method}: {before.LogLoss:0.000} -> {row.Quality.LogLoss:0.000}");
        });
    }

    [Fact]
    public void What_cannot_be_calibrated_is_refused_with_the_reason()
    {
        Assert.Contains("2 and 0", Assert.Throws<ArgumentException>(() => ScoredTriples.Labelled([1, 2], [])).Message);
        Assert.Contains("1 of them not finite", Assert.Throws<ArgumentException>(() => ScoredTriples.Labelled([1, double.NaN], [2])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ScoredTriples.Synthetic([1], [2], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Calibration.Corrupt([new(0, 0, 1)], 5, 0, 1));
        Assert.Contains("2 scores for 1 triples", Assert.Throws<ArgumentException>(
            () => RelationThresholds.Fit([new(0, 0, 1)], [1, 2])).Message);
    }
}
