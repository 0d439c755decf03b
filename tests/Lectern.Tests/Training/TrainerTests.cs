using System.IO.Compression;
using Lectern.Training;
using static TorchSharp.torch.nn;

namespace Lectern.Tests.Training;

/// <summary>Training loops: when they end, what they keep, and how they go on.</summary>
public sealed class TrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern-trainer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string File(string name) => Path.Combine(folder, name);

    /// <summary>A small regression with dropout, so that every step draws random numbers.</summary>
    private sealed class Task
    {
        internal readonly Module<Tensor, Tensor> Model;
        internal readonly TorchSharp.Modules.OptimizerHelper Optimizer;
        private readonly Tensor x, y;

        internal Task(int seed = 1, double rate = 0.05)
        {
            manual_seed(seed);
            x = randn(20, 3);
            y = x.sum(dim: 1, keepdim: true);
            Model = Sequential(Linear(3, 8), Tanh(), Dropout(0.3), Linear(8, 1));
            Optimizer = optim.Adam(Model.parameters(), rate);
        }

        internal Tensor Loss() => functional.mse_loss(Model.call(x), y);

        internal Tensor Loss(int batch) => functional.mse_loss(Model.call(x.narrow(0, 5 * batch, 5)), y.narrow(0, 5 * batch, 5));

        internal IReadOnlyDictionary<string, double> Measure() => new Dictionary<string, double> { ["error"] = Loss().item<float>() };

        internal float[] Weights() => [.. Model.parameters().SelectMany(p => p.detach().data<float>().ToArray())];
    }

    /// <summary>An evaluation that gives values from a list, one an epoch.</summary>
    private static Func<IReadOnlyDictionary<string, double>> Scripted(params double[] values)
    {
        int epoch = 0;
        return () => new Dictionary<string, double> { ["error"] = values[epoch++] };
    }

    [Fact]
    public void Training_lowers_the_loss_and_keeps_its_history()
    {
        var task = new Task();
        var history = new Trainer(task.Model, task.Optimizer) { Epochs = 60 }.Run(task.Loss, task.Measure);
        Assert.Equal(60, history.Epochs);
        Assert.Equal(60, history["error"].Count);
        Assert.True(history["error"][^1] < 0.6 * history["error"][0]);
        Assert.False(task.Model.training);
        Assert.Contains("'accuracy'", Assert.Throws<ArgumentException>(() => history["accuracy"]).Message);
    }

    [Fact]
    public void What_is_no_number_is_never_the_best()
    {
        var task = new Task();
        var history = new Trainer(task.Model, task.Optimizer) { Epochs = 4 }.Run(task.Loss, Scripted(double.NaN, 4, 5, double.NaN));
        Assert.Equal(1, history.BestEpoch("error", higherIsBetter: false));
        Assert.Equal(2, history.BestEpoch("error", higherIsBetter: true));
    }

    [Fact]
    public void It_ends_once_patience_epochs_went_by_without_a_new_best()
    {
        var task = new Task();
        var history = new Trainer(task.Model, task.Optimizer) { Epochs = 20, Best = "error", Patience = 3 }
            .Run(task.Loss, Scripted(5, 4, 3, 3.5, 3, 3.1, 1, 1, 1, 1));
        Assert.Equal(6, history.Epochs);                                // best at 2; 3, 4 and 5 are no better, an equal one is not new
        Assert.Equal(2, history.BestEpoch("error", higherIsBetter: false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_weights_of_the_best_epoch_come_back(bool higherIsBetter)
    {
        var task = new Task();
        var seen = new List<float[]>();
        var script = Scripted(higherIsBetter ? [1, 4, 2, 3, 4] : [4, 1, 3, 2, 1]);
        new Trainer(task.Model, task.Optimizer) { Epochs = 5, Best = "error", HigherIsBetter = higherIsBetter }.Run(task.Loss, () =>
        {
            seen.Add(task.Weights());
            return script();
        });
        Assert.Equal(seen[1], task.Weights());
        Assert.NotEqual(seen[4], task.Weights());
    }

    [Fact]
    public void A_rule_of_ones_own_says_which_weights_count_and_when_it_ends()
    {
        var task = new Task();
        var seen = new List<float[]>();
        var script = Scripted(9, 8, 7, 6, 5, 4);
        var history = new Trainer(task.Model, task.Optimizer)
        {
            Epochs = 6,
            KeepWhen = h => h.Epochs is 1 or 3,
            StopWhen = h => h["error"][^1] < 5.5,
        }.Run(task.Loss, () =>
        {
            seen.Add(task.Weights());
            return script();
        });
        Assert.Equal(5, history.Epochs);
        Assert.Equal(seen[2], task.Weights());
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_to_the_last_bit()
    {
        float[] Trained(int seed)
        {
            var task = new Task(seed);
            new Trainer(task.Model, task.Optimizer) { Epochs = 10 }.Run(task.Loss);
            return task.Weights();
        }
        Assert.Equal(Trained(3), Trained(3));
        Assert.NotEqual(Trained(3), Trained(4));
    }

    /// <summary>Trains batch by batch; the token of the interrupt is cancelled before a step of an epoch, counted from 0.</summary>
    private History Train(Task task, string? checkpoint, int cancelEpoch = -1, int cancelStep = 0)
    {
        using var source = new CancellationTokenSource();
        using var _ = Interrupt.Use(source.Token);
        int epoch = -1;
        IEnumerable<int> Batches(int number)
        {
            epoch = number;
            return [0, 1, 2, 3];
        }
        return new Trainer(task.Model, task.Optimizer)
        {
            Epochs = 24, Best = "error", Patience = 12, Checkpoint = checkpoint, CheckpointEvery = 4,
        }.Run(Batches, (int batch) =>
        {
            if (epoch == cancelEpoch && batch == cancelStep) source.Cancel();
            return task.Loss(batch);
        }, task.Measure);
    }

    [Theory]
    [InlineData(10, 3)]                                                 // after the epoch's last step: between two epochs
    [InlineData(10, 1)]                                                 // amid an epoch
    [InlineData(2, 0)]                                                  // amid an epoch, before any checkpoint
    public void A_run_that_was_stopped_goes_on_to_the_same_bits_as_one_that_was_not(int cancelEpoch, int cancelStep)
    {
        var whole = new Task();
        var expected = Train(whole, null);

        string checkpoint = File("run.checkpoint");
        Assert.Throws<OperationCanceledException>(() => Train(new Task(), checkpoint, cancelEpoch, cancelStep));
        var again = new Task();
        manual_seed(99);                                                // the checkpoint brings its own random numbers
        if (!System.IO.File.Exists(checkpoint)) again = new Task();
        var history = Train(again, checkpoint);

        Assert.Equal(expected.Loss, history.Loss);
        Assert.Equal(expected["error"], history["error"]);
        Assert.Equal(whole.Weights(), again.Weights());
    }

    [Fact]
    public void A_finished_run_is_read_back_and_not_run_again()
    {
        string checkpoint = File("done.checkpoint");
        var first = new Task();
        Train(first, checkpoint);
        var second = new Task(seed: 5);
        var history = new Trainer(second.Model, second.Optimizer) { Epochs = 24, Best = "error", Patience = 12, Checkpoint = checkpoint }
            .Run(() => throw new InvalidOperationException("it trained"), second.Measure);
        Assert.True(history.Epochs > 0);
        Assert.Equal(first.Weights(), second.Weights());
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_training_with_the_weights_before_it()
    {
        var task = new Task();
        var seen = new List<float[]>();
        int step = 0;
        var error = Assert.Throws<NonFiniteLossException>(() => new Trainer(task.Model, task.Optimizer) { Epochs = 9 }
            .Run(() => step++ < 3 ? task.Loss() : task.Loss() * double.NaN, () =>
            {
                seen.Add(task.Weights());
                return new Dictionary<string, double>();
            }));
        Assert.Equal(3, error.Epoch);
        Assert.Contains("epoch 4", error.Message);
        Assert.Equal(3, seen.Count);
        Assert.Equal(seen[2], task.Weights());
        Assert.All(task.Weights(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void A_loss_that_overflows_leaves_the_best_weights()
    {
        var task = new Task();
        float[]? best = null;
        int step = 0;
        var script = Scripted(3, 1, 2, 2, 2);
        Assert.Throws<NonFiniteLossException>(() => new Trainer(task.Model, task.Optimizer) { Epochs = 9, Best = "error" }
            .Run(() => step++ < 4 ? task.Loss() : task.Loss() * double.PositiveInfinity, () =>
            {
                if (step == 2) best = task.Weights();
                return script();
            }));
        Assert.Equal(best, task.Weights());
    }

    [Fact]
    public void A_checkpoint_that_is_no_archive_is_named_with_the_remedy()
    {
        string checkpoint = File("broken.checkpoint");
        System.IO.File.WriteAllText(checkpoint, "not a checkpoint");
        Refused(checkpoint);
    }

    [Fact]
    public void A_checkpoint_that_was_cut_off_is_named_with_the_remedy()
    {
        string checkpoint = File("cut.checkpoint");
        Train(new Task(), checkpoint);
        byte[] bytes = System.IO.File.ReadAllBytes(checkpoint);
        System.IO.File.WriteAllBytes(checkpoint, bytes[..(bytes.Length / 2)]);
        Refused(checkpoint);
    }

    [Theory]
    [InlineData("model")]
    [InlineData("optimizer")]
    [InlineData("random")]
    [InlineData("history")]
    public void A_checkpoint_with_a_damaged_part_is_named_with_the_remedy(string part)
    {
        string checkpoint = File("part.checkpoint");
        Train(new Task(), checkpoint);
        using (var archive = ZipFile.Open(checkpoint, ZipArchiveMode.Update))
        {
            archive.GetEntry(part)!.Delete();
            using var stream = archive.CreateEntry(part).Open();
            stream.Write([1, 2, 3]);
        }
        Refused(checkpoint);
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_named_with_the_remedy()
    {
        string checkpoint = File("other.checkpoint");
        manual_seed(1);
        var model = Linear(3, 5);
        new Trainer(model, optim.Adam(model.parameters())) { Epochs = 1, Checkpoint = checkpoint }.Run(() => model.call(ones(2, 3)).sum());
        Refused(checkpoint);
    }

    private static void Refused(string checkpoint)
    {
        var task = new Task();
        var error = Assert.Throws<InvalidDataException>(() =>
            new Trainer(task.Model, task.Optimizer) { Epochs = 3, Checkpoint = checkpoint }.Run(task.Loss));
        Assert.Contains(checkpoint, error.Message);
        Assert.Contains("Delete it", error.Message);
    }

    [Fact]
    public void Live_tensors_do_not_grow_over_epochs()
    {
        var task = new Task();
        var counts = new List<long>();
        new Trainer(task.Model, task.Optimizer) { Epochs = 8, Best = "error" }.Run(task.Loss, () =>
        {
            counts.Add(Tensor.TotalCount);
            return task.Measure();
        });
        Assert.Equal(counts[3], counts[7]);
    }

    // ------------------------------------------------------------------------------------ spread and splits

    [Fact]
    public void A_spread_has_the_mean_and_the_sample_deviation()
    {
        var spread = new Spread([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal(5, spread.Mean);
        Assert.Equal(Math.Sqrt(32 / 7.0), spread.Deviation, 12);
        Assert.Equal(0, new Spread([3]).Deviation);
        Assert.Equal("5.0 ± 2.1", spread.ToString());
    }

    [Fact]
    public void Each_seed_of_a_spread_has_random_numbers_of_its_own_that_come_again()
    {
        static double Draw(int _) => rand(1).item<float>();
        var (first, second) = (Spread.OverSeeds([1, 2], Draw), Spread.OverSeeds([2, 1], Draw));
        Assert.Equal(first.Values, second.Values.Reverse());
        Assert.NotEqual(first.Values[0], first.Values[1]);
    }

    [Fact]
    public void Random_parts_cover_everything_once()
    {
        var parts = Splits.Random(10, 1, 0.55, 0.25, 0.2);
        Assert.Equal(10, parts.Sum(part => part.Length));
        Assert.Equal(Enumerable.Range(0, 10), parts.SelectMany(part => part).Order());
        Assert.Equal(parts, Splits.Random(10, 1, 0.55, 0.25, 0.2));
        Assert.NotEqual(parts[0], Splits.Random(10, 2, 0.55, 0.25, 0.2)[0]);
        Assert.Throws<ArgumentException>(() => Splits.Random(10, 1, 0.5, 0.6));
    }

    [Fact]
    public void Stratified_folds_are_equal_in_size_and_in_classes()
    {
        int[] labels = [.. Enumerable.Range(0, 53).Select(i => i % 3 == 0 ? 1 : 0)];       // 35 and 18
        var folds = Splits.StratifiedFolds(labels, 5, 1);
        Assert.Equal(Enumerable.Range(0, 53), folds.SelectMany(fold => fold).Order());
        Assert.All(folds, fold => Assert.InRange(fold.Length, 10, 11));
        Assert.All(folds, fold => Assert.InRange(fold.Count(i => labels[i] == 1), 3, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Splits.StratifiedFolds(labels, 1, 1));
    }

    [Fact]
    public void A_split_by_class_trains_on_as_many_of_each()
    {
        int[] labels = [.. Enumerable.Range(0, 100).Select(i => i % 10 == 0 ? 1 : 0)];
        var (train, validation, test) = Splits.PerClass(labels, 4, 20, 50, 1);
        Assert.Equal(4, train.Count(i => labels[i] == 1));
        Assert.Equal(8, train.Length);
        Assert.Equal((20, 50), (validation.Length, test.Length));
        Assert.Equal(78, train.Concat(validation).Concat(test).Distinct().Count());
        Assert.Throws<ArgumentException>(() => Splits.PerClass(labels, 4, 50, 50, 1));
    }

#if LECTERN_BRIDGE
    [Fact]
    public void In_mixed_precision_products_are_in_bfloat16_the_loss_and_the_weights_in_single_and_the_result_is_as_good()
    {
        double Accuracy(bool mixed)
        {
            using var scope = NewDisposeScope();
            manual_seed(1);
            var (x, y) = (randn(200, 2), zeros([200], int64));
            y = (x.select(1, 0) * x.select(1, 1) > 0).to(int64);         // no line tells them apart
            using var first = Linear(2, 64);
            using var model = Sequential(("norm", BatchNorm1d(64)), ("relu", ReLU()), ("last", Linear(64, 2)));
            using var all = ModuleList<Module<Tensor, Tensor>>(first, model);
            using var optimizer = optim.Adam(all.parameters(), 0.02);
            var seen = new List<(ScalarType Hidden, ScalarType Scores, ScalarType Loss)>();
            Tensor Loss()
            {
                var h = Lectern.Training.FastLinear.Apply(x, first.weight!, first.bias);
                var scores = model.call(h);
                var loss = functional.cross_entropy(scores, y);
                seen.Add((h.dtype, scores.dtype, loss.dtype));
                return loss;
            }
            new Trainer(all, optimizer) { Epochs = 80, MixedPrecision = mixed }.Run(Loss);
            var half = mixed ? ScalarType.BFloat16 : ScalarType.Float32;
            Assert.All(seen, types => Assert.Equal((half, half, ScalarType.Float32), types));
            Assert.All(all.parameters(), p => Assert.Equal((ScalarType.Float32, ScalarType.Float32), (p.dtype, p.grad!.dtype)));
            Assert.False(Kernels.Avoided);
            using var quiet = no_grad();
            return model.call(first.call(x)).argmax(1).eq(y).to(float32).mean().item<float>();
        }
        double single = Accuracy(mixed: false), mixed = Accuracy(mixed: true);
        Assert.True(single > 0.95, $"single precision: {single}");
        Assert.Equal(single, mixed, 0.03);
    }

    [Fact]
    public void In_mixed_precision_a_graphs_sums_stay_in_single()
    {
        using var scope = NewDisposeScope();
        // 0 hears 300 ones: bfloat16, with 8 bits, counts to 256 and stays there.
        var graph = Lectern.Graphs.Graph.FromEdges(301, [.. Enumerable.Range(1, 300)], new int[300]);
        using var mixed = Kernels.Mixed(DeviceType.CPU);
        var sum = graph.Sum(ones(301, 1).mm(ones(1, 1)));
        Assert.Equal((ScalarType.Float32, 300f), (sum.dtype, sum[0, 0].item<float>()));
    }
#endif
}
