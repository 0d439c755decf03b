using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>DeepMask and SharpMask on scenes of shapes: what both lessons' experiments train and ask.</summary>
internal static class ShapeProposals
{
    internal const int Batch = 32, StepsAnEpoch = 250;

    /// <summary>Windows of 64 pixels, the sizes in them in the proportions of the paper's 224. An object is of
    /// the right size within an octave.</summary>
    internal static readonly DeepMaskSettings Settings = new()
    {
        Patch = 64, Margin = 16, Stride = 8, Width = 48, CodeWidth = 128, MaskSize = 28, TargetSize = 64,
        ScoreWidth = 128, Dropout = 0.2, Canonical = 37, Shift = 6, LeastArea = 40, LeastSide = 4, Far = 9,
        FarOctaves = 1, EmptyOctaves = (-1, 1.5),
        Scales = [.. Enumerable.Range(-2, 6).Select(half => Math.Pow(2, half / 2.0))],
    };

    internal static readonly SharpMaskSettings Refinement = new() { Width = 32, SkipWidth = 32 };

    /// <summary>Scenes, and the same to learn from.</summary>
    internal sealed record Data(
        IReadOnlyList<ShapeScene> Scenes, IReadOnlyList<Tensor> Pictures, IReadOnlyList<Instances> Objects)
    {
        internal static Data Draw(int count, int seed)
        {
            var scenes = Shapes.Draw(count, seed);
            return new Data(scenes, [.. scenes.Select(scene => scene.Picture.to(float32) / 255)],
                [.. scenes.Select(scene => new Instances(scene.Boxes, scene.Labels, scene.Masks))]);
        }
    }

    /// <summary>Trains DeepMask.</summary>
    /// <param name="data">To learn from.</param>
    /// <param name="epochs">Of 250 batches.</param>
    /// <param name="seed">Of weights and windows.</param>
    /// <param name="checkpoint">A file to go on from.</param>
    internal static DeepMask First(Data data, int epochs, int seed, string checkpoint)
    {
        manual_seed(seed);
        var network = new DeepMask(Settings, new SmallBackbone([24, 48], withStem: true));
        Run("DeepMask", network, network.parameters(), 2e-3, epochs, checkpoint,
            epoch => new WindowSampler(data.Pictures, data.Objects, Settings, seed * 1000 + epoch),
            sampler => network.Loss(sampler.Next(Batch)));
        return network;
    }

    /// <summary>Trains the refinement of a DeepMask.</summary>
    internal static SharpMask Second(DeepMask deepMask, Data data, int epochs, int seed, string checkpoint)
    {
        manual_seed(seed + 100);
        var network = new SharpMask(deepMask, Refinement);
        Run("SharpMask", network, network.Refiners(), 3e-3, epochs, checkpoint,
            epoch => new WindowSampler(data.Pictures, data.Objects, network.Sampling, seed * 1000 + 500 + epoch),
            sampler => network.Loss(sampler.DrawMasks(Batch)));
        return network;
    }

    private static void Run(string task, nn.Module network, IEnumerable<TorchSharp.Modules.Parameter> parameters,
        double rate, int epochs, string checkpoint, Func<int, WindowSampler> draw, Func<WindowSampler, Tensor> loss)
    {
        using var optimizer = optim.Adam(parameters, rate);
        WindowSampler? sampler = null;
        new Trainer(network, optimizer)
        {
            Task = task, Epochs = epochs, Checkpoint = checkpoint, CheckpointEvery = 2,
            Schedule = history => SetRate(optimizer, history.Epochs, epochs, rate),
        }.Run(epoch =>
        {
            sampler = draw(epoch);
            return Enumerable.Range(0, StepsAnEpoch);
        }, _ => loss(sampler!));
    }

    /// <summary>A fifth of the rate for the last third, and a fifth again for the last tenth.</summary>
    internal static void SetRate(TorchSharp.Modules.OptimizerHelper optimizer, int epoch, int epochs, double rate)
    {
        double factor = epoch >= 0.9 * epochs ? 0.04 : epoch >= 2 * epochs / 3.0 ? 0.2 : 1;
        foreach (var group in optimizer.ParamGroups) group.LearningRate = rate * factor;
    }

    /// <summary>What is found in scenes.</summary>
    internal static List<CocoDetection> Found(Data data, Func<Tensor, (Tensor Boxes, Tensor Labels, Tensor Scores,
        Tensor Masks)> look) => [.. data.Pictures.SelectMany((picture, i) =>
        {
            using var scope = NewDisposeScope();
            using var none = no_grad();
            var (boxes, labels, scores, masks) = look(picture);
            return CocoDetection.Of(i + 1, boxes, labels, scores, masks);
        })];

    /// <summary>Masks that are proposed for scenes.</summary>
    internal static List<CocoDetection> Found(IMaskProposer proposer, Data data, int count) => Found(data, picture =>
    {
        var best = proposer.Propose(picture, count);
        return (best.Boxes, ones_like(best.Scores).to(int64), best.Scores, best.Masks);
    });
}
