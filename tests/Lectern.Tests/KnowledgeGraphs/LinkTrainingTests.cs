using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Tests.KnowledgeGraphs;

public sealed class LinkTrainingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern links ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Sums along a line: (a, +k, a + k). Chosen is by training triples: whether a model can learn them is the question.</summary>
    private static LinkDataset Line(int n = 24)
    {
        Triple[] all = [.. from step in Enumerable.Range(1, 4) from a in Enumerable.Range(0, n - step) select new Triple(a, step - 1, a + step)];
        new Random(1).Shuffle(all);
        return new LinkDataset("line", [.. Enumerable.Range(0, n).Select(i => $"{i}")], ["+1", "+2", "+3", "+4"], all[20..], all[20..40], all[..20]);
    }

    private static readonly LinkSettings Quick = new()
    {
        Width = 32, Batch = 32, LearningRate = 0.01, Optimizer = LinkOptimizer.Adam, Epochs = 60, EvaluateEvery = 20, Reciprocal = true, StartScale = 0.3,
    };

    public static TheoryData<LinkModel, LinkTrainingType, LinkLoss> Ways => new()
    {
        { LinkModel.ComplEx, LinkTrainingType.KvsAll, LinkLoss.CrossEntropy },
        { LinkModel.ComplEx, LinkTrainingType.OneVsAll, LinkLoss.CrossEntropy },
        { LinkModel.RotatE, LinkTrainingType.NegativeSampling, LinkLoss.CrossEntropy },
        { LinkModel.TransE, LinkTrainingType.NegativeSampling, LinkLoss.Margin },
        { LinkModel.MuRE, LinkTrainingType.NegativeSampling, LinkLoss.BinaryCrossEntropy },
        { LinkModel.DistMult, LinkTrainingType.NegativeSampling, LinkLoss.SelfAdversarial },
        { LinkModel.Rescal, LinkTrainingType.OneVsAll, LinkLoss.BinaryCrossEntropy },
        { LinkModel.TuckER, LinkTrainingType.KvsAll, LinkLoss.BinaryCrossEntropy },
        { LinkModel.ConvE, LinkTrainingType.OneVsAll, LinkLoss.CrossEntropy },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_way_of_training_learns_what_it_is_shown_and_moves_every_parameter(LinkModel kind, LinkTrainingType type, LinkLoss loss)
    {
        var data = Line();
        var settings = Quick with { Model = kind, Training = type, Loss = loss, InnerDropouts = [0, 0, 0], HeadNegatives = 10, TailNegatives = 10, Margin = 2, Epochs = 120, EvaluateEvery = 60 };
        if (kind is LinkModel.TuckER or LinkModel.ConvE) settings = settings with { Width = 16 };       // as much as needs be
        manual_seed(settings.Seed);
        using var fresh = new LinkPredictor(data.Entities.Count, data.Relations.Count, settings);
        var before = fresh.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
        var (model, history) = LinkTraining.Train(data, settings with { Epochs = 1, EvaluateEvery = 1 });
        Assert.All(model.named_parameters(), p => Assert.False(allclose(before[p.name], p.parameter.detach(), rtol: 0, atol: 0), p.name));
        model.Dispose();

        (model, history) = LinkTraining.Train(data, settings);
        using var owned = model;
        double chance = Enumerable.Range(1, 24).Average(rank => 1.0 / rank);                        // 0.16
        double train = LinkRanking.Rank(model, data.Train, data.Known).All.Mrr;
        Assert.True(train > 0.5, $"{kind}: MRR {train:0.00} on what it was trained on; chance is {chance:0.00}.");
        Assert.True(history.Loss[^1] < history.Loss[0]);
    }

    [Theory]
    [InlineData(LinkTrainingType.OneVsAll)]
    [InlineData(LinkTrainingType.KvsAll)]
    [InlineData(LinkTrainingType.NegativeSampling)]
    public void The_mean_of_the_ranks_losses_is_that_of_the_whole_step(LinkTrainingType type)
    {
        using var scope = NewDisposeScope();
        var data = Line();
        var settings = Quick with { Training = type, Batch = 7, EvaluateEvery = 1, SharedNegatives = true, HeadNegatives = 3, TailNegatives = 3 };
        manual_seed(1);
        using var model = new LinkPredictor(24, 4, settings);
        double[] Losses(int rank, int ranks) =>
            [.. LinkTraining.Steps(data, settings, 0, rank, ranks).Select(step => LinkTraining.Loss(model, settings, step).item<float>())];
        double[] whole = Losses(0, 1), first = Losses(0, 3), second = Losses(1, 3), third = Losses(2, 3);
        Assert.True(first.Length >= whole.Length - 1 && first.Length > 1);
        for (int i = 0; i < first.Length; i++) Assert.Equal(whole[i], (first[i] + second[i] + third[i]) / 3, 1e-4);
    }

    [Fact]
    public void With_one_answer_a_question_KvsAll_is_OneVsAll()
    {
        using var scope = NewDisposeScope();
        var data = Line();
        manual_seed(1);
        using var model = new LinkPredictor(24, 4, Quick);
        Tensor Sum(LinkTrainingType type)
        {
            var settings = Quick with { Training = type, Batch = 10_000, EvaluateEvery = 1 };
            var step = Assert.Single(LinkTraining.Steps(data, settings, 0));
            return LinkTraining.Loss(model, settings, step) * step.Size;
        }

        Assert.Equal(Sum(LinkTrainingType.OneVsAll).item<float>(), Sum(LinkTrainingType.KvsAll).item<float>(), 1e-2);
    }

    // In single precision the gradient of the scores takes their memory, which no scorer may still need.
    [Theory]
    [MemberData(nameof(AllModels))]
    public void Single_precision_has_the_gradients_of_double(LinkModel kind)
    {
        using var scope = NewDisposeScope();
        var data = Line();
        foreach (var type in (LinkTrainingType[])[LinkTrainingType.KvsAll, LinkTrainingType.OneVsAll, LinkTrainingType.NegativeSampling])
        {
            var settings = Quick with
            {
                Model = kind,
                Training = type,
                Reciprocal = kind is LinkModel.ConvE or LinkModel.TuckER,
                InnerDropouts = [0, 0, 0],
                PenaltyByFrequency = true,
                EntityPenalty = 0.1,
                RelationPenalty = 0.2,
                PenaltyPower = 3,
            };
            manual_seed(1);
            using var model = new LinkPredictor(24, 4, settings);
            var step = LinkTraining.Steps(data, settings, 0).First();
            Tensor[] Gradients()
            {
                model.zero_grad();
                LinkTraining.Loss(model, settings, step).backward();
                return [.. model.parameters().Select(p => p.grad!.to(float64).clone())];
            }
            var single = Gradients();
            model.to(float64);
            foreach (var (one, other) in single.Zip(Gradients()))
                Assert.True(allclose(other, one, rtol: 1e-3, atol: 1e-5), $"{kind}, {type}: {(one - other).abs().max()}");
        }
    }

    public static TheoryData<LinkModel> AllModels => [.. Enum.GetValues<LinkModel>()];

    [Fact]
    public void A_period_is_all_triples_as_often_as_it_has_passes()
    {
        var data = Line();
        var settings = Quick with { Training = LinkTrainingType.NegativeSampling, EvaluateEvery = 3, Epochs = 5 };
        var first = LinkTraining.Steps(data, settings, 0).SelectMany(step => step.Triples).ToList();
        var second = LinkTraining.Steps(data, settings, 1).SelectMany(step => step.Triples).ToList();

        Assert.Equal(3 * data.Train.Count, first.Count);
        Assert.Equal(2 * data.Train.Count, second.Count);
        Assert.All(first.GroupBy(t => t), group => Assert.Equal(3, group.Count()));
        Assert.NotEqual(first.Take(data.Train.Count), first.Skip(data.Train.Count).Take(data.Train.Count));
    }

    [Fact]
    public void Rows_of_sampled_scores_by_hand()
    {
        using var scope = NewDisposeScope();
        var rows = tensor(new double[] { 2, 0, 1, 1, 1, 3 }).view(2, 3);
        double Of(LinkLoss loss) => LinkTraining.RowLoss(rows, new LinkSettings { Loss = loss, Margin = 1.5, Offset = 0.5 }).item<double>();
        static double Soft(double x) => Math.Log(1 + Math.Exp(x));

        Assert.Equal(Math.Log(Math.Exp(2) + 1 + Math.E) - 2 + Math.Log(2 * Math.E + Math.Exp(3)) - 1, Of(LinkLoss.CrossEntropy), 1e-9);
        Assert.Equal(Soft(-2.5) + Soft(0.5) + Soft(1.5) + Soft(-1.5) + Soft(1.5) + Soft(3.5), Of(LinkLoss.BinaryCrossEntropy), 1e-9);
        Assert.Equal(0 + 0.5 + 1.5 + 3.5, Of(LinkLoss.Margin), 1e-9);
        // The temperature is one half: the shares of the two negatives are 1 to e^½, and e^½ to e^(3/2).
        static double Mixed(double low, double high, double gap) => (low + Math.Exp(gap) * high) / (1 + Math.Exp(gap));
        Assert.Equal(Soft(-2.5) + Mixed(Soft(0.5), Soft(1.5), 0.5) + Soft(-1.5) + Mixed(Soft(1.5), Soft(3.5), 1),
            Of(LinkLoss.SelfAdversarial), 1e-9);
    }

    [Fact]
    public void Penalties_by_hand_and_by_frequency()
    {
        using var scope = NewDisposeScope();
        var settings = new LinkSettings { Model = LinkModel.DistMult, Width = 2, PenaltyPower = 3, EntityPenalty = 0.6, RelationPenalty = 0.3 };
        using var model = new LinkPredictor(3, 1, settings);
        using var weighted = new LinkPredictor(3, 1, settings with { PenaltyByFrequency = true });
        using (no_grad())
            foreach (var m in (LinkPredictor[])[model, weighted])
            {
                m.Entities.copy_(tensor(new float[] { 1, -2, 0, 1, 3, 0 }).view(3, 2));
                m.Relations.copy_(tensor(new float[] { 1, 1 }).view(1, 2));
            }
        // Entities 0, 1, 0 and 2, and the one relation twice.
        var entities = model.Entities[tensor(new long[] { 0, 1, 0, 2 })];
        var relations = model.Relations[tensor(new long[] { 0, 0 })];

        Assert.Equal(0.2 * (9 + 1 + 27) + 0.1 * 2, model.Penalty(entities, relations)!.item<float>(), 1e-5);
        Assert.Equal(0.2 * (9 + 1 + 9 + 27) / 4 + 0.1 * 2, weighted.Penalty(entities, relations)!.item<float>(), 1e-5);
        using var free = new LinkPredictor(3, 1, new LinkSettings());
        var square = new LinkSettings { Model = LinkModel.DistMult, Width = 2, EntityPenalty = 0.6 };
        using var squared = new LinkPredictor(3, 1, square);
        using (no_grad()) squared.Entities.copy_(model.Entities);
        Assert.Equal(0.3 * (5 + 1 + 9), squared.Penalty(entities, relations)!.item<float>(), 1e-5);
        Assert.Null(free.Penalty(entities, relations));
    }

    [Fact]
    public void Reciprocal_relations_ask_for_heads_through_vectors_of_their_own()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var model = new LinkPredictor(5, 2, new LinkSettings { Model = LinkModel.DistMult, Width = 4, Reciprocal = true, StartScale = 1 });
        Assert.Equal(4, model.Relations.shape[0]);
        var heads = model.Answers(tensor(new long[] { 3 }), tensor(new long[] { 1 }), askHeads: true);
        Assert.True(allclose((model.Entities[3] * model.Relations[3]).unsqueeze(0).mm(model.Entities.t()), heads, rtol: 1e-5));
    }

    [Fact]
    public void The_rate_falls_when_patience_is_exhausted()
    {
        var settings = new LinkSettings { LearningRate = 1, PlateauFactor = 0.5, PlateauPatience = 1 };

        Assert.Equal(1, LinkTraining.Rate(settings, []));
        Assert.Equal(1, LinkTraining.Rate(settings, [0.1, 0.2, 0.2]));
        Assert.Equal(0.5, LinkTraining.Rate(settings, [0.1, 0.2, 0.2, 0.1]));
        Assert.Equal(0.5, LinkTraining.Rate(settings, [0.1, 0.2, 0.2, 0.1, 0.3, 0.3]));
        Assert.Equal(0.25, LinkTraining.Rate(settings, [0.1, 0.2, 0.2, 0.1, 0.2, 0.1]));
    }

    [Theory]
    [InlineData(LinkTrainingType.KvsAll)]
    [InlineData(LinkTrainingType.NegativeSampling)]
    public void A_run_that_goes_on_ends_where_a_whole_one_does(LinkTrainingType type)
    {
        var data = Line();
        var settings = Quick with { Training = type, Epochs = 8, EvaluateEvery = 2, EntityDropout = 0.2, PlateauPatience = 0 };
        var (whole, wholeHistory) = LinkTraining.Train(data, settings);
        string checkpoint = Path.Combine(folder, "run");
        LinkTraining.Train(data, settings with { Epochs = 4 }, checkpoint).Model.Dispose();
        var (resumed, history) = LinkTraining.Train(data, settings, checkpoint);
        using var one = whole;
        using var two = resumed;

        Assert.Equal(wholeHistory[LinkTraining.ValidationMrr], history[LinkTraining.ValidationMrr]);
        Assert.Equal(whole.Entities.data<float>().ToArray(), resumed.Entities.data<float>().ToArray());
    }

    [Fact]
    public void Shared_negatives_are_drawn_once_a_step_and_side()
    {
        using var scope = NewDisposeScope();
        var settings = Quick with { Training = LinkTrainingType.NegativeSampling, SharedNegatives = true, HeadNegatives = 3, TailNegatives = 5, Reciprocal = false };
        manual_seed(1);
        using var model = new LinkPredictor(24, 4, settings);
        var step = LinkTraining.Steps(Line(), settings, 0).First();
        var random = new Random(step.Seed);
        long[] Drawn(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(24))];
        // Each triple against the same ones, scored triple by triple.
        double Side(long[] corrupted, bool askHeads) => step.Triples.Sum(t =>
        {
            var (given, truth) = askHeads ? (t.Tail, t.Head) : (t.Head, t.Tail);
            var scores = model.Answers(tensor(new long[] { given }), tensor(new long[] { t.Relation }), askHeads, tensor([truth, .. corrupted]).unsqueeze(0));
            return (scores.logsumexp(1) - scores[0, 0]).item<float>();
        });
        double expected = Side(Drawn(5), askHeads: false) + Side(Drawn(3), askHeads: true);

        Assert.Equal(expected / step.Size, LinkTraining.Loss(model, settings, step).item<float>(), 1e-3);
        // The gradient reaches what was drawn.
        LinkTraining.Loss(model, settings, step).backward();
        Assert.True(model.Entities.grad!.abs().sum().item<float>() > 0);
        var (trained, history) = LinkTraining.Train(Line(), settings with { Epochs = 60, EvaluateEvery = 30, HeadNegatives = 10, TailNegatives = 10 });
        trained.Dispose();
        Assert.True(history.Loss[^1] < history.Loss[0]);
    }

    [Fact]
    public void Vectors_are_scaled_to_length_one_where_asked_for()
    {
        using var scope = NewDisposeScope();
        using var model = new LinkPredictor(5, 2, new LinkSettings { Width = 4, NormalizeEntities = true });
        var (direction, relations) = ((model.Entities / model.Entities.norm(1, keepdim: true)).detach(), model.Relations.detach().clone());
        model.Normalize();
        Assert.True(allclose(model.Entities.norm(1), ones(5), rtol: 1e-5));
        Assert.True(allclose(model.Entities, direction, rtol: 1e-5));
        Assert.True(allclose(model.Relations, relations, rtol: 0));
        // In training: one step of rate 0 leaves what was scaled before it.
        var (trained, _) = LinkTraining.Train(Line(), Quick with { LearningRate = 0, Epochs = 1, EvaluateEvery = 1, NormalizeRelations = true });
        using var owned = trained;
        Assert.True(allclose(trained.Relations.norm(1), ones(8), rtol: 1e-5));
        Assert.False(allclose(trained.Entities.norm(1), ones(24), rtol: 1e-2));
    }

    [Fact]
    public void A_run_without_hope_ends_early()
    {
        var still = Quick with { LearningRate = 0, Epochs = 40, EvaluateEvery = 2, Patience = 100, HopelessAfter = 6 };
        int Epochs(LinkSettings settings)
        {
            var (model, history) = LinkTraining.Train(Line(), settings);
            model.Dispose();
            return history.Epochs;
        }
        Assert.Equal(3, Epochs(still with { HopelessMrr = 0.99 }));
        Assert.Equal(20, Epochs(still with { HopelessMrr = 0 }));
        Assert.Equal(20, Epochs(still with { HopelessMrr = 0.99, HopelessAfter = 0 }));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_and_leaves_the_last_good_checkpoint()
    {
        var data = Line();
        string checkpoint = Path.Combine(folder, "run");
        var settings = Quick with { Model = LinkModel.DistMult, Training = LinkTrainingType.OneVsAll, Epochs = 2, EvaluateEvery = 1 };
        LinkTraining.Train(data, settings, checkpoint).Model.Dispose();
        byte[] good = File.ReadAllBytes(checkpoint);

        Assert.Throws<NonFiniteLossException>(() =>
            LinkTraining.Train(data, settings with { Epochs = 50, LearningRate = 1e30, PlateauPatience = 1000 }, checkpoint));
        Assert.Equal(good, File.ReadAllBytes(checkpoint));
    }
}
