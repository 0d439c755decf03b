using Lectern.KnowledgeGraphs;
using Lectern.Papers.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Tests.Papers.KnowledgeGraphs;

public sealed class OldDogNewTricksTests : IDisposable
{
    private static readonly OldDogBudget Small = new()
    {
        FirstTrials = 2, SecondTrials = 4, SecondSobol = 2, Widths = [8, 16], Batches = [32, 64],
        MaxNegatives = 20,
        Epochs = 4, EvaluateEvery = 2, HopelessAfter = 0,
    };

    private readonly string folder = Directory.CreateTempSubdirectory("lectern-dog-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Results => Path.Combine(folder, "trials.jsonl");

    /// <summary>A line with an order: next, two on, three on. An asymmetric world.</summary>
    private static LinkDataset Line(int n = 30)
    {
        Triple[] all = [.. from step in Enumerable.Range(1, 3) from a in Enumerable.Range(0,
            n - step) select new Triple(a, step - 1, a + step)];
        new Random(4).Shuffle(all);
        return new LinkDataset("line", [.. Enumerable.Range(0, n).Select(i => $"{i}")], ["+1", "+2", "+3"],
            all[16..], all[8..16], all[..8]);
    }

    [Fact]
    public void The_papers_budget_is_its_210_and_60_trials()
    {
        var paper = new OldDogBudget();
        Assert.Equal(210, paper.FirstTrials * OldDogNewTricks.Combinations(LinkModel.ComplEx).Count);
        Assert.Equal(60, paper.FirstTrials * OldDogNewTricks.Combinations(LinkModel.TransE).Count);
        Assert.DoesNotContain((LinkTrainingType.OneVsAll, LinkLoss.Margin),
            OldDogNewTricks.Combinations(LinkModel.Rescal));
        Assert.All(OldDogNewTricks.Combinations(LinkModel.TransE),
            c => Assert.Equal(LinkTrainingType.NegativeSampling, c.Training));
    }

    public static TheoryData<LinkModel, LinkTrainingType, LinkLoss> All
    {
        get
        {
            var all = new TheoryData<LinkModel, LinkTrainingType, LinkLoss>();
            foreach (var model in (LinkModel[])[LinkModel.Rescal, LinkModel.TransE, LinkModel.DistMult,
                LinkModel.ComplEx, LinkModel.ConvE])
                foreach (var (training, loss) in OldDogNewTricks.Combinations(model)) all.Add(model, training,
                    loss);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_point_of_a_space_is_settings_that_the_paper_allows(LinkModel model,
        LinkTrainingType training, LinkLoss loss)
    {
        var space = OldDogNewTricks.Space(model, training, loss, new OldDogBudget());
        var sequence = new SobolSequence(space.Axes.Count, seed: 1);
        LinkSettings[] drawn = [.. Enumerable.Range(0, 512).Select(i => space.At(sequence.Point(i)))];

        Assert.All(drawn, s => Assert.Equal((model, training, loss), (s.Model, s.Training, s.Loss)));
        Assert.All(drawn, s => Assert.InRange(s.LearningRate, 3e-4, 1));
        Assert.All(drawn, s => Assert.InRange(s.PlateauPatience, 0, 10));
        Assert.All(drawn, s => Assert.Contains(s.Width, (int[])[128, 256, 512]));
        Assert.All(drawn, s => Assert.InRange(s.EntityDropout, 0, 0.5));
        // half of the range means none
        Assert.InRange(drawn.Count(s => s.EntityDropout == 0), 240, 272);
        Assert.All(drawn, s => Assert.True(s.PenaltyPower > 0
            || (s.EntityPenalty == 0 && s.RelationPenalty == 0)));
        Assert.All(drawn.Where(s => s.PenaltyPower > 0), s => Assert.InRange(s.EntityPenalty, 1e-20, 0.1));
        Assert.All(drawn.Where(s => s.Start is LinkStart.XavierNormal or LinkStart.XavierUniform),
            s => Assert.Equal(1, s.StartScale));
        Assert.Equal(model == LinkModel.ConvE ? 512 : 256, drawn.Count(s => s.Reciprocal));
        Assert.Equal(training == LinkTrainingType.KvsAll, drawn.Any(s => s.LabelSmoothing > 0));
        Assert.Equal(training == LinkTrainingType.NegativeSampling, drawn.Max(s => s.TailNegatives) > 900);
        Assert.Equal(loss == LinkLoss.Margin, drawn.Any(s => s.Margin != 1));
        Assert.Equal(model == LinkModel.TransE, drawn.Any(s => s.Norm == 1)
            && drawn.Any(s => s.NormalizeEntities));
    }

    [Fact]
    public void The_second_space_keeps_the_choices_and_varies_the_numbers_that_matter()
    {
        var space = OldDogNewTricks.Space(LinkModel.DistMult, LinkTrainingType.KvsAll, LinkLoss.CrossEntropy,
            Small);
        var sequence = new SobolSequence(space.Axes.Count, seed: 2);
        for (int i = 0; i < 40; i++)
        {
            double[] point = space.Snap(sequence.Point(i));
            var settings = space.At(point);
            var trial = new OldDogTrial("", 0, OldDogStage.First, point, settings, 0.1, 2, 1);
            var (refined, begun) = OldDogNewTricks.Refined(trial, Small);

            Assert.DoesNotContain(refined.Axes, axis => axis.IsChoice);
            var names = refined.Axes.Select(axis => axis.Name).ToArray();
            Assert.Equal(settings.Start == LinkStart.Normal, names.Contains("scale of a normal start"));
            Assert.Equal(settings.PenaltyPower > 0, names.Contains("entity penalty"));
            Assert.Equal(settings with { InnerDropouts = [] }, refined.At(begun) with { InnerDropouts = [] });
            var other = refined.At([.. begun.Select(_ => 0.9)]);
            Assert.Equal((settings.Width, settings.Batch, settings.Optimizer, settings.Start,
                settings.PenaltyPower),
                (other.Width, other.Batch, other.Optimizer, other.Start, other.PenaltyPower));
            Assert.NotEqual(settings.LearningRate, other.LearningRate);
        }
    }

    [Fact]
    public void Shards_make_the_search_of_one_process_and_a_stopped_one_goes_on()
    {
        var data = Line();
        var whole = OldDogNewTricks.Run(data, LinkModel.DistMult, Small);
        Assert.Equal(Enumerable.Range(0, 18), whole.Select(trial => trial.Number));
        Assert.Equal([OldDogStage.First, OldDogStage.SecondSobol, OldDogStage.SecondModel],
            whole.Select(t => t.Stage).Distinct());
        Assert.Equal(7, whole.Take(7).Select(t => (t.Settings.Training, t.Settings.Loss)).Distinct().Count());

        Assert.Equal(7, OldDogNewTricks.Run(data, LinkModel.DistMult, Small, Results, shard: 1, shards: 2)
            .Count);
        // Another model writes into the same file; and a line is cut off, as by a machine that goes dark.
        OldDogNewTricks.Run(data, LinkModel.TransE, Small with { SecondTrials = 0 }, Results);
        string[] lines = File.ReadAllLines(Results);
        Assert.Equal(11, lines.Length);
        File.WriteAllText(Results, string.Join('\n', lines[..^1]) + "\n" + lines[^1][..40]);
        Assert.Equal(10, OldDogNewTricks.Read(Results).Count);

        var shared = OldDogNewTricks.Run(data, LinkModel.DistMult, Small, Results, shard: 0, shards: 2);
        Assert.Equal(whole.Select(trial => (trial.Number, trial.Stage, trial.Mrr, trial.Epoch)),
            shared.Select(trial => (trial.Number, trial.Stage, trial.Mrr, trial.Epoch)));
        Assert.Equal(10 + 11, File.ReadAllLines(Results).Length);
        Assert.All(File.ReadAllLines(Results), line => Assert.EndsWith("}", line));
        Assert.Equal([Results], Directory.GetFiles(folder));            // no checkpoint, no lock is left

        // The last three lines are taken away: the same come again.
        File.WriteAllLines(Results, File.ReadAllLines(Results)[..^3]);
        var again = OldDogNewTricks.Run(data, LinkModel.DistMult, Small, Results);
        Assert.Equal(whole.Select(trial => trial.Mrr), again.Select(trial => trial.Mrr));
    }

    [Fact]
    public void A_file_of_another_search_is_not_gone_on_with()
    {
        OldDogNewTricks.Run(Line(), LinkModel.TransE, Small with { FirstTrials = 1, SecondTrials = 0 },
            Results);
        var error = Assert.Throws<InvalidDataException>(() =>
            OldDogNewTricks.Run(Line(), LinkModel.TransE,
                Small with { FirstTrials = 1, SecondTrials = 0, Seed = 2 }, Results));
        Assert.Contains("name another file", error.Message);
        File.WriteAllText(Results, "{\"no\": \"trial\"\n");
        Assert.Contains("Line 1", Assert.Throws<InvalidDataException>(() => OldDogNewTricks.Read(Results))
            .Message);
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            OldDogNewTricks.Run(Line(), LinkModel.TransE, Small, null, 2, 2));
    }

    [Fact]
    public void The_influence_of_a_choice_by_hand()
    {
        static OldDogTrial Trial(LinkOptimizer optimizer, double mrr) =>
            new("", 0, OldDogStage.First, [], new LinkSettings { Optimizer = optimizer }, mrr, 1, 1);
        OldDogTrial[] trials = [Trial(LinkOptimizer.Adam, 0.2), Trial(LinkOptimizer.Adagrad, 0.3),
            Trial(LinkOptimizer.Adam, 0.25)];
        var influence = OldDogNewTricks.Influence(trials,
            OldDogNewTricks.Choices.Single(c => c.Name == "optimiser").Of);

        Assert.Equal([new("Adagrad", 1, 0.3, 0), new("Adam", 2, 0.25, 0.3 - 0.25)], influence);
        Assert.Throws<ArgumentException>(() => OldDogNewTricks.Influence([], s => ""));
    }

    [Fact]
    public void A_searched_old_model_beats_a_newer_one_as_it_comes()
    {
        var data = LinkDataset.Cut(Countries.Graph(), held: 0.1, seed: 1);
        var budget = Small with
        {
            FirstTrials = 2,
            SecondTrials = 0,
            Widths = [32],
            Batches = [128, 256],
            Epochs = 10,
            EvaluateEvery = 5
        };
        var trials = OldDogNewTricks.Run(data, LinkModel.DistMult, budget);
        var best = trials.MaxBy(trial => trial.Mrr)!;
        var old = OldDogNewTricks.Retrain(data, best.Settings, [1]).Single();
        var untuned = new LinkSettings
        {
            Model = LinkModel.ComplEx, Width = 32, Training = LinkTrainingType.NegativeSampling,
            Loss = LinkLoss.Margin,
            HeadNegatives = 1, TailNegatives = 1, Batch = 128, Epochs = 10, EvaluateEvery = 5,
        };
        var (model, _) = LinkTraining.Train(data, untuned);
        using var owned = model;
        double newer = LinkRanking.Rank(model, data.Test, data.Known).All.Mrr;

        Assert.True(old.Test.All.Mrr > newer + 0.05,
            $"DistMult searched {old.Test.All.Mrr:0.000}, ComplEx untuned {newer:0.000}");
        Assert.True(best.Mrr > 1.5 * trials.Select(t => t.Mrr).Order()
            .ElementAt(trials.Count / 2), "a search finds more than its median");
    }
}
