using System.Text.Json;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Training;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

/// <summary>Mask R-CNN trained by two processes: the steps are those of one.</summary>
public sealed class MaskRcnnRanksTests
{
    /// <summary>Loss of each step, of four new scenes, then the mean of a layer's statistics; or it ends in the middle.</summary>
    private static double[] Train(int steps, string? checkpoint = null, int endsAt = int.MaxValue)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var network = new MaskRcnn(
            new MaskRcnnSettings
            {
                Classes = Shapes.Names.Count + 1, Pictures = new PictureSizes(64), Width = 16, Hidden = 32, MaskLayers = [16], MaskWidth = 16,
                Regions = 16, Proposals = new ProposalSettings { Sizes = [12, 20, 28, 36, 48], Samples = 32, Before = (50, 50), After = (20, 20) },
            },
            new SmallBackbone([8, 12, 16, 16], 1));
        var trial = new ShapesTrial
        {
            Scenes = new ShapeSettings(Least: 1, Most: 3) { Height = 64, Width = 64 }, Training = 4, Fresh = true, Changes = null,
            Batch = 4, Epochs = steps, LearningRate = 2e-3,
        };
        var history = trial.Train(network, (pictures, objects) => endsAt-- > 0
            ? network.Losses(pictures, objects).Total()
            : throw new OperationCanceledException(), checkpoint: checkpoint);
        return [.. history.Loss, network.state_dict().First(entry => entry.Key.EndsWith("running_var", StringComparison.Ordinal)).Value.mean().item<float>()];
    }

    [Fact(Explicit = true)]
    public void What_a_rank_does()
    {
        string folder = Environment.GetEnvironmentVariable("LECTERN_TEST_FOLDER")!;
        double[] losses = Train(20);
        File.WriteAllText(Path.Combine(folder, $"losses-{Ranks.OfJob!.Rank}"), JsonSerializer.Serialize(losses));
    }

    [Fact]
    public async Task Twenty_steps_by_two_processes_are_those_of_one()
    {
        RankProcesses.NeedTheBridge();
        string folder = Directory.CreateTempSubdirectory("lectern-ranks-").FullName;
        double[] expected = Train(20);
        Assert.True(expected[10..20].Average() < 0.8 * expected[..3].Average());
        await RankProcesses.RunAsync<MaskRcnnRanksTests>(nameof(What_a_rank_does), 2, folder);
        for (int rank = 0; rank < 2; rank++)
        {
            double[] found = JsonSerializer.Deserialize<double[]>(await File.ReadAllTextAsync(
                Path.Combine(folder, $"losses-{rank}"), TestContext.Current.CancellationToken))!;
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_run_that_goes_on_from_its_checkpoint_draws_the_same_regions()
    {
        string checkpoint = Path.Combine(Directory.CreateTempSubdirectory("lectern-ranks-").FullName, "checkpoint");
        double[] whole = Train(6);
        Assert.Throws<OperationCanceledException>(() => Train(6, checkpoint, endsAt: 3));
        Assert.Equal(whole, Train(6, checkpoint));
        Directory.Delete(Path.GetDirectoryName(checkpoint)!, recursive: true);
    }

    [Fact]
    public void Ranks_normalise_by_the_statistics_of_the_whole_batch()
    {
        RankProcesses.NeedTheBridge();
        manual_seed(4);
        var (x, direction) = (randn(6, 3, 5, 4) * 3 + 1, randn(6, 3, 5, 4));
        using var whole = nn.BatchNorm2d(3);
        var input = x.clone().requires_grad_();
        (whole.call(input) * direction).sum().backward();
        var found = RankProcesses.Threads(2, ranks =>
        {
            var layer = new RankBatchNorm2d(3, ranks);
            var own = x.narrow(0, 3 * ranks.Rank, 3).clone().requires_grad_();
            var y = layer.call(own);
            (y * direction.narrow(0, 3 * ranks.Rank, 3)).sum().backward();
            layer.eval();
            return (Y: y.detach(), own.grad, layer.state_dict(), Later: layer.call(own).detach());
        });
        Close(whole.call(x), cat([.. found.Select(of => of.Y)], 0), 1e-5);
        Close(input.grad!, cat([.. found.Select(of => of.grad!)], 0), 1e-5);
        var state = nn.BatchNorm2d(3);
        state.call(x);
        foreach (var (name, value) in state.state_dict()) Close(value, found[1].Item3[name], 1e-5);
        state.eval();
        Close(state.call(x), cat([.. found.Select(of => of.Later)], 0), 1e-5);

        static void Close(Tensor wanted, Tensor got, double within) =>
            Assert.True((wanted - got).abs().max().to(ScalarType.Float64).item<double>() < within);
    }
}
