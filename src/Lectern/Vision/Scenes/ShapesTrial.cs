using System.Diagnostics;
using Lectern.Training;

namespace Lectern.Vision;

/// <summary>
/// The trial that the lessons on instance segmentation share, so that their numbers can stand in one chart: learn
/// from drawn scenes of shapes, then find the objects of others.
/// </summary>
public sealed record ShapesTrial : SegmentationTraining
{
    /// <summary>What scenes look like. Few objects, none of them tiny, and most of each is in
    /// sight.</summary>
    public ShapeSettings Scenes { get; init; } =
        new(Least: 1, Most: 4) { SmallestRadius = 0.13, LargestRadius = 0.3, Visible = 0.6 };

    /// <summary>Scenes to learn from, drawn from the seed.</summary>
    public int Training { get; init; } = 1000;

    /// <summary>Whether each epoch has scenes of its own, so that none is seen twice.</summary>
    public bool Fresh { get; init; }

    /// <summary>Scenes to measure on, drawn from another seed.</summary>
    public int Validation { get; init; } = 200;

    /// <summary>Trains a network on the scenes to learn from.</summary>
    /// <inheritdoc cref="SegmentationTraining.Train" path="/param"/>
    /// <inheritdoc cref="SegmentationTraining.Train" path="/returns"/>
    public History Train(nn.Module network, Func<IReadOnlyList<Tensor>, IReadOnlyList<Instances>, Tensor> loss,
        string task = "shapes", string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        using var scope = NewDisposeScope();
        var all = Fresh ? default : Drawn(Seed);
        return TrainOn(
            network, loss, Training, epoch => Fresh ? Drawn(unchecked(Seed + 7919 * epoch)) : all, task, checkpoint);
    }

    private (IReadOnlyList<Tensor>, IReadOnlyList<Instances>) Drawn(int seed)
    {
        var scenes = Shapes.Draw(Training, seed, Scenes);
        return ([.. scenes.Select(scene => scene.Picture)],
            [.. scenes.Select(scene => new Instances(scene.Boxes, scene.Labels, scene.Masks))]);
    }

    /// <summary>Measures a network on the scenes that it has not seen.</summary>
    /// <param name="detect">What it finds in pictures, given one by one.</param>
    public ShapesResult Measure(Func<IReadOnlyList<Tensor>, Detections[]> detect)
    {
        ArgumentNullException.ThrowIfNull(detect);
        using var scope = NewDisposeScope();
        var scenes = Unseen();
        var (boxes, masks) = (new List<CocoDetection>(), new List<CocoDetection>());
        foreach (int i in Progress.Over("finding", Enumerable.Range(0, scenes.Count).ToList()))
        {
            using var own = NewDisposeScope();
            var found = detect([Lit(scenes[i].Picture)])[0];
            boxes.AddRange(CocoDetection.Of(i + 1, found.Boxes, found.Labels, found.Scores));
            masks.AddRange(CocoDetection.Of(i + 1, found.Boxes, found.Labels, found.MaskScores, found.Masks));
        }
        var truth = Shapes.GroundTruth(scenes);
        return new ShapesResult(
            CocoEvaluation.Evaluate(truth, masks, CocoMatching.Masks), CocoEvaluation.Evaluate(truth, boxes));
    }

    /// <summary>
    /// How long a picture takes, from pixels to masks. Several networks take turns on each picture: what else the
    /// machine does then counts for all.
    /// </summary>
    /// <param name="detectors">What each network finds in pictures.</param>
    /// <returns>Milliseconds of each, the median over the scenes that it has not seen.</returns>
    public double[] Milliseconds(params Func<IReadOnlyList<Tensor>, Detections[]>[] detectors)
    {
        ArgumentNullException.ThrowIfNull(detectors);
        using var scope = NewDisposeScope();
        List<double>[] times = [.. detectors.Select(_ => new List<double>())];
        foreach (var scene in Unseen())
        {
            using var own = NewDisposeScope();
            var picture = Lit(scene.Picture);
            for (int i = 0; i < detectors.Length; i++)
            {
                using var single = NewDisposeScope();
                var watch = Stopwatch.StartNew();
                detectors[i]([picture]);
                times[i].Add(watch.Elapsed.TotalMilliseconds);
            }
        }
        return [.. times.Select(of => of.Order().ElementAt(of.Count / 2))];
    }

    /// <summary>The scenes to measure on.</summary>
    public IReadOnlyList<ShapeScene> Unseen() => Shapes.Draw(Validation, Seed + 1_000_000, Scenes);
}

/// <summary>What a network reached.</summary>
/// <param name="Masks">COCO's numbers of the masks.</param>
/// <param name="Boxes">Of the boxes.</param>
public sealed record ShapesResult(CocoScores Masks, CocoScores Boxes);
