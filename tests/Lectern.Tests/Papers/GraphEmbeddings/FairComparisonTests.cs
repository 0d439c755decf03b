using Lectern.Graphs;
using Lectern.Papers.GraphEmbeddings;

namespace Lectern.Tests.Papers.GraphEmbeddings;

public sealed class FairComparisonTests : IDisposable
{
    private static readonly FairProtocol Short = new(FairFeatures.Labels, Folds: 4, HoldOut: 0.2, FinalRuns: 2, Epochs: 6, Patience: 6);

    private readonly string folder = Directory.CreateTempSubdirectory("lectern-fair-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static FairConfiguration[] TwoGins => [new(FairModel.Gin, 16, 0.01, 0, 8, 2), new(FairModel.Gin, 16, 0.01, 0, 8, 1)];

    [Fact]
    public void Every_graph_is_tested_once_and_parts_share_none_and_have_each_class_its_share()
    {
        int[] labels = [.. Enumerable.Range(0, 103).Select(i => i % 7 == 0 ? 1 : 0)];
        var splits = FairComparison.Splits(labels, new FairProtocol(FairFeatures.Labels));

        Assert.Equal(10, splits.Count);
        Assert.Equal(Enumerable.Range(0, 103), splits.SelectMany(split => split.Test).Order());
        foreach (var (train, validation, test) in splits.Select(s => (s.Train, s.Validation, s.Test)))
        {
            Assert.Equal(Enumerable.Range(0, 103), train.Concat(validation).Concat(test).Order());
            Assert.InRange(test.Count(i => labels[i] == 1), 1, 2);
            Assert.InRange(validation.Length, 9, 10);
            Assert.InRange(validation.Count(i => labels[i] == 1), 1, 2);
        }
        Assert.NotEqual(splits[0].Test, FairComparison.Splits(labels, new FairProtocol(FairFeatures.Labels, Seed: 1))[0].Test);
    }

    [Fact]
    public void Nothing_but_the_assessment_sees_a_test_graph()
    {
        // Labels and features of the test graphs are replaced by others: selection and its score must not notice.
        var data = GeneratedGraphs.Molecules(60, seed: 1);
        var split = FairComparison.Splits(data.Labels, Short)[1];
        var spoiled = data with { Labels = [.. data.Labels.Select((y, g) => split.Test.Contains(g) ? 1 - y : y)] };
        int[] development = [.. split.Train, .. split.Validation];
        var here = FairComparison.Select(data.Subset(development), split.Train.Length, TwoGins, Short, seed: 5);
        var there = FairComparison.Select(spoiled.Subset(development), split.Train.Length, TwoGins, Short, seed: 5);
        Assert.Equal(here, there);

        // In a whole fold the weights come out the same: right answers become wrong ones, so the scores add up to one.
        FairFold Fold(GraphDataset set)
        {
            // The folds are those of the original labels.
            var parts = FairComparison.Splits(data.Labels, Short)[1];
            var own = set.Subset([.. parts.Train, .. parts.Validation]);
            Assert.Equal(parts.Train.Length + parts.Validation.Length, own.Count);
            var (model, _) = FairComparison.Train(own, TwoGins[0],
                new FairSplit([.. Enumerable.Range(0, parts.Train.Length)], [.. Enumerable.Range(parts.Train.Length, parts.Validation.Length)], []), Short, 3);
            using var features = FairComparison.FeaturesOf(set, FairFeatures.Labels);
            return new FairFold(1, TwoGins[0], 0, [GraphTraining.Evaluate(model, set, features, parts.Test).Accuracy]);
        }
        Assert.Equal(1, Fold(data).Score + Fold(spoiled).Score, 1e-9);
    }

    [Fact]
    public void Ties_go_to_the_later_epoch_and_the_later_configuration()
    {
        Assert.Equal(3, FairComparison.Best([0.5, 0.7, 0.6, 0.7], lower: false));
        Assert.Equal(2, FairComparison.Best([0.5, 0.4, 0.4, 0.7], lower: true));
        double[] scores = [0.8, 0.9, 0.9, 0.1];
        FairConfiguration[] grid = [.. Enumerable.Range(1, 4).Select(i => new FairConfiguration(FairModel.Gin, Hidden: i))];
        var (chosen, validation) = FairComparison.Select(GeneratedGraphs.Molecules(4, 1), 2, grid, Short, 1, (i, _) => scores[i]);
        Assert.Equal((3, 0.9), (chosen.Hidden, validation));
    }

    [Fact]
    public void A_job_in_shards_is_the_job_in_one_piece_and_goes_on_where_it_stopped()
    {
        var data = GeneratedGraphs.Molecules(48, seed: 3);
        var whole = FairComparison.Run(data, TwoGins, Short);

        string shared = Path.Combine(folder, "shards");
        Assert.Equal([0, 2], FairComparison.Run(data, TwoGins, Short, shared, shard: 0, shards: 2).Folds.Select(fold => fold.Fold));
        File.Delete(Path.Combine(shared, "fold-2.json"));               // as if it had been stopped in the last final run
        File.Delete(Path.Combine(shared, "fold-2-final-1.json"));
        var kept = File.GetLastWriteTimeUtc(Path.Combine(shared, "fold-2-final-0.json"));
        FairComparison.Run(data, TwoGins, Short, shared, shard: 1, shards: 2);
        var result = FairComparison.Run(data, TwoGins, Short, shared, shard: 0, shards: 2);

        Assert.Equal([0, 1, 2, 3], result.Folds.Select(fold => fold.Fold));
        Assert.Equal(whole.Folds.SelectMany(fold => fold.Tests), result.Folds.SelectMany(fold => fold.Tests));
        Assert.Equal(whole.Folds.Select(fold => fold.Chosen), result.Folds.Select(fold => fold.Chosen));
        Assert.Equal(kept, File.GetLastWriteTimeUtc(Path.Combine(shared, "fold-2-final-0.json")));
        Assert.Contains("0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => FairComparison.Run(data, TwoGins, Short, shared, 2, 2)).Message);
    }

    [Fact]
    public void A_fold_dealt_out_in_runs_is_the_fold_in_one_piece()
    {
        var data = GeneratedGraphs.Molecules(48, seed: 3);
        double[] reached = [.. TwoGins.Select((_, point) => FairComparison.Validate(data, TwoGins, Short, fold: 1, point))];
        var whole = FairComparison.RunFold(data, TwoGins, Short, fold: 1);

        Assert.Equal(whole.Validation, reached.Max());
        Assert.Equal(whole.Chosen, TwoGins[FairComparison.Best(reached, lower: false)]);
        Assert.Equal(whole.Tests, FairComparison.RunFold(data, [whole.Chosen], Short, fold: 1).Tests);
    }

    [Fact]
    public void Mean_and_deviation_are_over_folds_with_divisor_n()
    {
        var result = new FairResult([new(0, TwoGins[0], 0, [0.5, 0.7]), new(1, TwoGins[0], 0, [0.8])]);
        Assert.Equal(0.7, result.Mean, 1e-12);
        Assert.Equal(0.1, result.Deviation, 1e-12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_baseline_is_blind_to_edges_and_a_network_is_not(bool readsNodes)
    {
        manual_seed(1);
        var data = GeneratedGraphs.Molecules(6, seed: 1);
        var bare = data with { Graphs = [.. data.Graphs.Select(graph => Graph.Undirected(graph.Nodes))] };
        using var scope = NewDisposeScope();
        float[] Scores(nn.Module<GraphSample, Tensor> model, GraphDataset set)
        {
            model.eval();
            return model.call(set.Batch([0, 1, 2, 3, 4, 5], set.OneHotLabels())).data<float>().ToArray();
        }
        var baseline = new FairBaseline(4, 2, 8, readsNodes);
        Assert.Equal(Scores(baseline, data), Scores(baseline, bare));
        var gin = FairComparison.Create(TwoGins[0], data, FairFeatures.Labels);
        Assert.NotEqual(Scores(gin, data), Scores(gin, bare));
    }

    [Fact]
    public void The_fingerprint_is_a_function_of_the_counts_of_labels()
    {
        manual_seed(1);
        var data = GeneratedGraphs.Molecules(4, seed: 2);
        using var scope = NewDisposeScope();
        var model = new FairBaseline(4, 2, 8, readsNodes: false, lastRelu: true);
        var p = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        float[] counts = [.. data.NodeLabels!.SelectMany(labels => Enumerable.Range(0, 4).Select(l => (float)labels.Count(x => x == l)))];
        var byHand = (tensor(counts).view(4, 4).mm(p["dense.weight"].t()) + p["dense.bias"]).relu();
        var expected = (byHand.mm(p["last.weight"].t()) + p["last.bias"]).relu();
        Assert.True(expected.allclose(model.call(data.Batch([0, 1, 2, 3], data.OneHotLabels())), 1e-4, 1e-5));
    }

    [Fact]
    public void Where_only_the_structure_tells_gin_is_thirty_points_above_the_baseline()
    {
        var data = GeneratedGraphs.Molecules(160, seed: 1);
        var protocol = new FairProtocol(FairFeatures.Labels, Folds: 4, FinalRuns: 1, Epochs: 25, Patience: 25);
        double gin = FairComparison.RunFold(data, [new(FairModel.Gin, 32, 0.01, 0, 16, 3)], protocol, 0).Score;
        double baseline = FairComparison.RunFold(data, [new(FairModel.Baseline, 32, 1e-2, 0, 16)], protocol, 0).Score;
        Assert.True(gin > baseline + 0.3, $"{gin} and {baseline}");
    }

    [Theory]
    [InlineData(FairModel.Baseline)]
    [InlineData(FairModel.Dgcnn)]
    [InlineData(FairModel.DiffPool)]
    [InlineData(FairModel.Ecc)]
    [InlineData(FairModel.Gin)]
    [InlineData(FairModel.GraphSage)]
    public void Every_model_runs_a_fold_and_stops_by_its_patience(FairModel model)
    {
        var data = GeneratedGraphs.Mixtures(40, seed: 1);
        if (model == FairModel.Ecc) data = data.WithPyramids(2);
        var protocol = Short with { Epochs = 12, Patience = 1, FinalRuns = 1 };
        var split = FairComparison.Splits(data.Labels, protocol)[0];
        var point = FairGrids.For(model, FairFeatures.Labels)[0] with { Hidden = 8 };
        var (_, history) = FairComparison.Train(data, point, split, protocol, 1);
        var accuracies = history["validation accuracy"];
        int best = FairComparison.Best(accuracies, lower: false);
        Assert.True(history.Epochs == 12 || history.Epochs - 1 - best == 1, $"{history.Epochs} epochs, best {best}");
        Assert.DoesNotContain("test accuracy", history.Names);
    }

    [Fact]
    public void On_random_classes_the_protocol_is_at_chance_and_the_best_test_epoch_is_not()
    {
        var protocol = Short with { Folds = 6, FinalRuns = 1, Epochs = 20, Patience = 20 };
        FairConfiguration point = new(FairModel.Gin, 32, 0.01, 0, 16, 2);
        var (honest, kind) = (new List<double>(), new List<double>());
        foreach (int seed in (int[])[3, 4, 5])
        {
            var data = GeneratedGraphs.Mixtures(120, seed, noise: 1);
            foreach (var split in FairComparison.Splits(data.Labels, protocol))
            {
                var (_, history) = FairComparison.Train(data, point, split, protocol, 1, watchTest: true);
                honest.Add(history["test accuracy"][FairComparison.Best(history["validation accuracy"], lower: false)]);
                kind.Add(history["test accuracy"].Max());
            }
        }
        // Three deviations of the share of heads in 360 throws of a coin.
        Assert.InRange(honest.Average(), 0.5 - 3 * Math.Sqrt(0.25 / 360), 0.5 + 3 * Math.Sqrt(0.25 / 360));
        Assert.True(kind.Average() > honest.Average() + 0.08, $"{kind.Average()} and {honest.Average()}");
    }

    [Fact]
    public void Grids_have_the_published_sizes_and_epochs()
    {
        int Size(FairModel model, FairFeatures features = FairFeatures.Labels) => FairGrids.For(model, features).Count;
        Assert.Equal((108, 72, 108), (Size(FairModel.Baseline), Size(FairModel.Baseline, FairFeatures.LabelsAndAttributes), Size(FairModel.Baseline, FairFeatures.Degree)));
        Assert.Equal((48, 6, 16), (Size(FairModel.Dgcnn), Size(FairModel.DiffPool), Size(FairModel.Ecc)));
        Assert.Equal((128, 72), (Size(FairModel.Gin), Size(FairModel.GraphSage)));
        Assert.Equal((5000, 3000, 3000, 1000), (new FairProtocol(FairFeatures.Labels).For(FairModel.Baseline).Epochs,
            new FairProtocol(FairFeatures.Degree).For(FairModel.Baseline).Epochs,
            new FairProtocol(FairFeatures.Labels).For(FairModel.DiffPool).Epochs, new FairProtocol(FairFeatures.Labels).For(FairModel.Gin).Epochs));
    }
}
