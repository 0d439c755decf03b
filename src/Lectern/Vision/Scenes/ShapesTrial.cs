using System.Diagnostics;
using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// The trial that the lessons on instance segmentation share, so that their numbers can stand in one chart: learn
/// from drawn scenes of shapes, then find the objects of others.
/// </summary>
public sealed record ShapesTrial
{
    /// <summary>What scenes look like.</summary>
    public ShapeSettings Scenes { get; init; } = new();

    /// <summary>Scenes to learn from.</summary>
    public int Training { get; init; } = 1000;

    /// <summary>Scenes to measure on, drawn from another seed.</summary>
    public int Validation { get; init; } = 200;

    /// <summary>Passes over the scenes to learn from.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Scenes a step.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Adam's highest learning rate: it rises over the first twentieth of the steps and falls as a cosine.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Norm that gradients are cut to.</summary>
    public double GradientNorm { get; init; } = 10;

    /// <summary>How scenes are changed in training; null: not at all.</summary>
    public Augmentation? Changes { get; init; } = new();

    /// <summary>Seed of the scenes, their order and their changes; weights are drawn by whoever makes the network.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Trains a network.</summary>
    /// <param name="network">It is in evaluation mode afterwards.</param>
    /// <param name="loss">The loss of some pictures, RGB from 0 to 1, with their objects.</param>
    /// <param name="task">What the progress bar says.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    /// <returns>The loss, epoch by epoch.</returns>
    public History Train(nn.Module network, Func<IReadOnlyList<Tensor>, IReadOnlyList<Instances>, Tensor> loss,
        string task = "shapes", string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        using var scope = NewDisposeScope();
        var scenes = Shapes.Draw(Training, Seed, Scenes);
        using var optimizer = optim.Adam(network.parameters(), LearningRate);
        int epochSteps = (Training + Batch - 1) / Batch, step = 0;
        var rate = new CosineRate(LearningRate, epochSteps * Epochs);
        return new Trainer(network, optimizer)
        {
            Task = task,
            Epochs = Epochs,
            Checkpoint = checkpoint,
            CheckpointEvery = 1,
            Schedule = history => step = history.Epochs * epochSteps,
            BeforeStep = () =>
            {
                nn.utils.clip_grad_norm_(network.parameters(), GradientNorm);
                foreach (var group in optimizer.ParamGroups) group.LearningRate = rate.At(step);
                step++;
            },
        }.Run(epoch => Batches(scenes, epoch), batch => loss(batch.Pictures, batch.Objects));
    }

    private IEnumerable<(IReadOnlyList<Tensor> Pictures, IReadOnlyList<Instances> Objects)> Batches(
        IReadOnlyList<ShapeScene> scenes, int epoch)
    {
        var random = new Random(unchecked(Seed * 7919 + epoch));
        int[] order = [.. Enumerable.Range(0, scenes.Count)];
        random.Shuffle(order);
        foreach (int[] chunk in order.Chunk(Batch))
        {
            using var scope = NewDisposeScope();
            var (pictures, objects) = (new List<Tensor>(), new List<Instances>());
            foreach (var scene in chunk.Select(i => scenes[i]))
            {
                var (picture, boxes, labels, masks) = (Lit(scene), scene.Boxes, scene.Labels, scene.Masks);
                if (Changes is not null)
                    (picture, boxes, labels, masks) = Changes.Apply(picture, boxes, labels, masks, random);
                pictures.Add(picture);
                objects.Add(new Instances(boxes, labels, masks));
            }
            yield return (pictures, objects);
        }
    }

    private static Tensor Lit(ShapeScene scene) => scene.Picture.to(ScalarType.Float32) / 255;

    /// <summary>Measures a network on the scenes that it has not seen.</summary>
    /// <param name="detect">What it finds in pictures, given one by one.</param>
    /// <param name="scoresOfMasks">What masks are ranked by; the classes' scores without it.</param>
    public ShapesResult Measure(
        Func<IReadOnlyList<Tensor>, Detections[]> detect, Func<Detections, Tensor>? scoresOfMasks = null)
    {
        ArgumentNullException.ThrowIfNull(detect);
        using var scope = NewDisposeScope();
        var scenes = Shapes.Draw(Validation, Seed + 1_000_000, Scenes);
        var (boxes, masks, times) = (new List<CocoDetection>(), new List<CocoDetection>(), new List<double>());
        foreach (int i in Progress.Over("finding", Enumerable.Range(0, scenes.Count).ToList()))
        {
            using var own = NewDisposeScope();
            var picture = Lit(scenes[i]);
            var watch = Stopwatch.StartNew();
            var found = detect([picture])[0];
            times.Add(watch.Elapsed.TotalMilliseconds);
            boxes.AddRange(CocoDetection.Of(i + 1, found.Boxes, found.Labels, found.Scores));
            masks.AddRange(CocoDetection.Of(
                i + 1, found.Boxes, found.Labels, scoresOfMasks?.Invoke(found) ?? found.Scores, found.Masks));
        }
        times.Sort();
        var truth = Shapes.GroundTruth(scenes);
        return new ShapesResult(
            CocoEvaluation.Evaluate(truth, masks, CocoMatching.Masks), CocoEvaluation.Evaluate(truth, boxes),
            times[times.Count / 2]);
    }
}

/// <summary>What a network reached.</summary>
/// <param name="Masks">COCO's numbers of the masks.</param>
/// <param name="Boxes">Of the boxes.</param>
/// <param name="Milliseconds">Of a picture, from pixels to masks: the median.</param>
public sealed record ShapesResult(CocoScores Masks, CocoScores Boxes, double Milliseconds);
