using System.Diagnostics;
using Lectern.Graphs;
using Lectern.Training;
using static TorchSharp.torch.nn;

namespace Lectern.Tests.Training;

/// <summary>Training by several ranks, which are threads of this process here: each has a process group of its own.</summary>
public sealed class RanksTests
{
    /// <summary>A regression with a branch that only some items use.</summary>
    private sealed class Branching : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear body, branch, never;
        private readonly TorchSharp.Modules.Linear head;

        internal Branching() : base(nameof(Branching))
        {
            (body, branch, never, head) = (Linear(3, 8), Linear(8, 8), Linear(2, 2), Linear(8, 1));
            RegisterComponents();
        }

        /// <summary>Items whose first number is positive go through the branch.</summary>
        public override Tensor forward(Tensor x)
        {
            var h = body.call(x).tanh();
            var chosen = (x.select(1, 0) > 0).nonzero().squeeze(1);
            if (chosen.shape[0] > 0) h = h.index_add(0, chosen, branch.call(h.index_select(0, chosen)), 1);
            return head.call(h);
        }
    }

    private static (Tensor X, Tensor Y) Items(int count)
    {
        var generator = new Random(3);
        float[] numbers = [.. Enumerable.Range(0, 3 * count).Select(_ => (float)(generator.NextDouble() - 0.5))];
        var x = tensor(numbers).reshape(count, 3);
        return (x, (2 * x).sum(dim: 1, keepdim: true) + x.select(1, 0).unsqueeze(1).pow(2));
    }

    private static Branching Network(Tensor[] weights)
    {
        var network = new Branching();
        using var quiet = no_grad();
        foreach (var (parameter, weight) in network.parameters().Zip(weights)) parameter.copy_(weight);
        return network;
    }

    private static Tensor[] Weights()
    {
        manual_seed(11);
        return [.. new Branching().parameters().Select(parameter => parameter.detach().clone())];
    }

    [Fact]
    public void Sums_broadcasts_and_means_are_those_by_hand()
    {
        RankProcesses.NeedTheBridge();
        var found = RankProcesses.Threads(3, ranks =>
        {
            var sum = tensor(new float[] { ranks.Rank, 10 });
            ranks.Sum(sum);
            var first = tensor(new long[] { 7 + ranks.Rank });
            ranks.Broadcast(first);
            return (Sum: sum.data<float>().ToArray(), First: first.item<long>(),
                Mean: ranks.Average(ranks.Rank == 2 ? 6 : 0));
        });
        Assert.All(found, one =>
        {
            Assert.Equal([3, 30], one.Sum);
            Assert.Equal(7, one.First);
            Assert.Equal(2, one.Mean);
        });
    }

    [Fact]
    public void Averaged_gradients_are_the_whole_batchs_also_where_a_rank_leaves_parameters_unused()
    {
        RankProcesses.NeedTheBridge();
        var weights = Weights();
        var (x, y) = Items(8);
        const long half = 4;
        x.narrow(0, 0, half).select(1, 0).abs_();               // rank 0's items use the branch,
        x.narrow(0, half, half).select(1, 0).abs_().neg_();     // rank 1's do not, and one layer nobody uses

        using var alone = Network(weights);
        functional.mse_loss(alone.call(x), y).backward();
        var expected = alone.parameters().Select(parameter => parameter.grad?.clone()).ToList();

        var found = RankProcesses.Threads(2, ranks =>
        {
            var network = Network(weights);
            using var averaging = ranks.Average(network);
            var (own, its) = (x.narrow(0, ranks.Rank * half, half), y.narrow(0, ranks.Rank * half, half));
            for (int pass = 0; pass < 2; pass++)                // the second time buckets are there already
            {
                network.zero_grad();
                averaging.Backward(functional.mse_loss(network.call(own), its));
            }
            return network.parameters().Select(parameter => parameter.grad).ToList();
        });
        foreach (var gradients in found)
            foreach (var (wanted, got) in expected.Zip(gradients))
                Assert.True(wanted is null ? got is null || got.abs().max().item<float>() == 0
                    : (wanted - got!).abs().max().item<float>() < 1e-6f);
    }

    private static (float[] Weights, History History) Train(Tensor[] weights, Ranks? ranks, int epochs = 5, string? checkpoint = null)
    {
        var (x, y) = Items(32);
        // Another start on rank 1, which has to become rank 0's.
        var network = Network([.. weights.Select(weight => ranks is { IsFirst: false } ? weight + 1 : weight)]);
        using var optimizer = optim.Adam(network.parameters(), 0.02);
        var history = new Trainer(network, optimizer)
        {
            Epochs = epochs, Ranks = ranks, Best = "error", Checkpoint = checkpoint, CheckpointEvery = 1,
        }.Run(
            epoch => new RankSampler(32, ranks?.Rank ?? 0, ranks?.Count ?? 1).Epoch(epoch).Select(i => (long)i).Chunk(ranks is null ? 8 : 4),
            batch =>
            {
                var chosen = tensor(batch);
                return functional.mse_loss(network.call(x.index_select(0, chosen)), y.index_select(0, chosen));
            },
            () => new Dictionary<string, double> { ["error"] = functional.mse_loss(network.call(x), y).item<float>() + (ranks?.Rank ?? 0) });
        return ([.. network.parameters().SelectMany(parameter => parameter.detach().data<float>().ToArray())], history);
    }

    [Fact]
    public void Twenty_steps_by_two_ranks_are_those_of_one_process()
    {
        RankProcesses.NeedTheBridge();
        var weights = Weights();
        var (expected, history) = Train(weights, null);
        var found = RankProcesses.Threads(2, ranks => Train(weights, ranks));
        Assert.True(history.Loss[^1] < 0.5 * history.Loss[0]);
        foreach (var one in found)
        {
            Assert.All(history.Loss.Zip(one.History.Loss), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.All(expected.Zip(one.Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
        Assert.Equal(found[0].Weights, found[1].Weights);
        // Each measured another error, 1 apart; what counts is the mean, the same for both.
        Assert.Equal(found[0].History["error"], found[1].History["error"]);
        Assert.All(history["error"].Zip(found[0].History["error"]), pair => Assert.Equal(pair.First + 0.5, pair.Second, 1e-4));
    }

    [Fact]
    public void Statistics_that_layers_keep_are_rank_0s_after_each_epoch()
    {
        RankProcesses.NeedTheBridge();
        var found = RankProcesses.Threads(2, ranks =>
        {
            var norm = BatchNorm1d(2);
            var x = linspace(0, 1, 16).view(8, 2) + 10 * ranks.Rank;    // far apart: nobody's mean is another's
            using var optimizer = optim.SGD(norm.parameters(), 0.01);
            new Trainer(norm, optimizer) { Epochs = 3, Ranks = ranks }.Run(() => norm.call(x).square().mean());
            return norm.running_mean!.data<float>().ToArray();
        });
        Assert.Equal(found[0], found[1]);
        Assert.All(found[0], mean => Assert.InRange(mean, 0.01, 1));
    }

    [Fact]
    public void A_run_goes_on_from_rank_0s_checkpoint_to_the_same_weights()
    {
        RankProcesses.NeedTheBridge();
        string folder = Directory.CreateTempSubdirectory("lectern-ranks-").FullName;
        try
        {
            var weights = Weights();
            string file = Path.Combine(folder, "run.checkpoint");
            float[] uninterrupted = RankProcesses.Threads(2, ranks => Train(weights, ranks, 4).Weights)[0];
            RankProcesses.Threads(2, ranks => Train(weights, ranks, 2, file).Weights);
            Assert.Equal([file], Directory.GetFiles(folder));
            var resumed = RankProcesses.Threads(2, ranks => Train(weights, ranks, 4, file).Weights);
            Assert.Equal(uninterrupted, resumed[0]);
            Assert.Equal(uninterrupted, resumed[1]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_checkpoint_that_not_all_ranks_see_is_refused()
    {
        RankProcesses.NeedTheBridge();
        string folder = Directory.CreateTempSubdirectory("lectern-ranks-").FullName;
        try
        {
            var weights = Weights();
            string file = Path.Combine(folder, "run.checkpoint");
            RankProcesses.Threads(2, ranks => Train(weights, ranks, 1, file).Weights);
            var error = Assert.Throws<InvalidOperationException>(() => RankProcesses.Threads(2, ranks => Train(weights, ranks, 2, ranks.IsFirst ? file : file + "x").Weights));
            Assert.Contains("all machines share", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_batch_is_shared_evenly_or_not_at_all()
    {
        RankProcesses.NeedTheBridge();
        var found = RankProcesses.Threads(2, ranks => (ranks.Share([1, 2, 3, 4]), Assert.Throws<ArgumentException>(() => ranks.Share([1, 2, 3])).Message));
        Assert.Equal([1, 3], found[0].Item1);
        Assert.Equal([2, 4], found[1].Item1);
        Assert.Contains("batch of 3", found[0].Message, StringComparison.Ordinal);
    }

    /// <summary>What the processes of the next test run; by itself it is no test.</summary>
    [Fact(Explicit = true)]
    public void A_rank_that_goes_on_until_another_is_lost()
    {
        string folder = Environment.GetEnvironmentVariable("LECTERN_TEST_FOLDER")!;
        var ranks = Ranks.OfJob!;
        var lost = Assert.Throws<RankLostException>(() =>
        {
            for (int step = 0; step < int.MaxValue; step++)
            {
                ranks.Average(step);
                if (step == 10) File.WriteAllText(Path.Combine(folder, $"runs-{ranks.Rank}"), "");
            }
        });
        File.WriteAllText(Path.Combine(folder, $"lost-{ranks.Rank}"), lost.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_killed_rank_ends_the_other_which_names_it(int killed)
    {
        RankProcesses.NeedTheBridge();
        string folder = Directory.CreateTempSubdirectory("lectern-ranks-").FullName;
        var processes = RankProcesses.Start<RanksTests>(nameof(A_rank_that_goes_on_until_another_is_lost), 2, folder);
        var stop = TestContext.Current.CancellationToken;
        try
        {
            var words = processes.Select(process => process.StandardOutput.ReadToEndAsync(stop)).ToList();
            var patience = Stopwatch.StartNew();
            while (Directory.GetFiles(folder, "runs-*").Length < 2)
            {
                if (patience.Elapsed.TotalSeconds > 60 || processes.Any(process => process.HasExited))
                    Assert.Fail("The ranks did not come to run: " + (processes[0].HasExited ? await words[0] : "they never met."));
                await Task.Delay(50, stop);
            }
            processes[killed].Kill();
            await processes[1 - killed].WaitForExitAsync(stop).WaitAsync(TimeSpan.FromSeconds(30), stop);
            string said = await File.ReadAllTextAsync(Path.Combine(folder, $"lost-{1 - killed}"), stop);
            Assert.Contains($"Rank {killed} of 2 has ended", said, StringComparison.Ordinal);
            Assert.Contains("last checkpoint", said, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited) process.Kill();
                process.Dispose();
            }
            Directory.Delete(folder, recursive: true);
        }
    }
}
