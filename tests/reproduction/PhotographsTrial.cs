using System.Text.Json.Nodes;
using Lectern.Lessons;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>
/// Some photographs learned by heart: from JPEG files through a network to a COCO results file, which is read again
/// and judged. What is right here need not be found elsewhere; what is wrong here is wrong in the network.
/// </summary>
internal sealed record PhotographsTrial
{
    /// <summary>How many: those of coco-mini whose smallest object is largest.</summary>
    public int Pictures { get; init; } = 20;

    /// <summary>What their shorter sides become, in pixels.</summary>
    public int ShortSide { get; init; } = 192;

    /// <summary>How it learns.</summary>
    public SegmentationTraining Learning { get; init; } = new() { Epochs = 150, Batch = 2, Changes = null };

    /// <summary>The experiment of a lesson.</summary>
    /// <param name="lesson">Its name.</param>
    /// <param name="minutes">About how long it takes.</param>
    /// <param name="setting">The network's settings.</param>
    /// <param name="backbone">What its backbone is.</param>
    /// <param name="make">A network of a seed, its loss and what it finds.</param>
    internal Experiment On(string lesson, double minutes, JsonObject setting, string backbone,
        Func<int, (nn.Module Network, Func<IReadOnlyList<Tensor>, IReadOnlyList<Instances>, Tensor> Loss,
            Func<IReadOnlyList<Tensor>, Detections[]> Detect)> make)
    {
        setting["backbone"] = backbone;
        setting["trial"] = Record.SettingOf(this);
        return new Experiment(lesson, "coco-mini",
            $"the {Pictures} pictures of coco-mini without small objects, to learn from and to measure on",
            minutes, setting, [1],
            (seed, checkpoint) =>
            {
                using var scope = NewDisposeScope();
                manual_seed(seed);
                var (network, loss, detect) = make(seed);
                using var owned = network;
                var (masks, boxes) = (this with { Learning = Learning with { Seed = seed } })
                    .Run(network, loss, detect, checkpoint);
                return new Dictionary<string, double>
                {
                    ["mask AP50"] = masks.Ap50, ["mask AP"] = masks.Ap, ["mask AP75"] = masks.Ap75,
                    ["box AP"] = boxes.Ap,
                };
            },
            runs =>
            [
                .. runs[0].Keys.Select(metric => Result.Of(
                    $"{metric}, on what was learned", "%", runs.Select(run => 100 * run[metric])).Rounded(1)),
            ]);
    }

    /// <summary>Trains a network, writes what it finds in the files, and judges what was written.</summary>
    /// <param name="network">Its labels are places in the list of categories, from 1.</param>
    /// <param name="loss">The loss of some pictures, RGB from 0 to 1, with their objects.</param>
    /// <param name="detect">What it finds in pictures.</param>
    /// <param name="checkpoint">File to go on from and to write to.</param>
    private (CocoScores Masks, CocoScores Boxes) Run(nn.Module network,
        Func<IReadOnlyList<Tensor>, IReadOnlyList<Instances>, Tensor> loss,
        Func<IReadOnlyList<Tensor>, Detections[]> detect, string checkpoint)
    {
        using var scope = NewDisposeScope();
        using var set = CocoPictures.Mini();
        var chosen = Chosen(set.Annotations);
        var sizes = new PictureSizes(ShortSide, 2 * ShortSide);
        var pictures = chosen.Images.Select(image => set.Read(image).to(float32) / 255).ToArray();
        // Resized once: the network resizes what has its size already no more.
        var small = pictures.Select(picture => Resize(picture, sizes, InterpolationMode.Bilinear)).ToArray();
        var objects = chosen.Images.Select((image, i) =>
        {
            var (boxes, labels, masks) = set.Targets(image.Id);
            var (size, old) = (small[i].shape, pictures[i].shape);
            float x = size[2] / (float)old[2], y = size[1] / (float)old[1];
            return new Instances(boxes * tensor(new[] { x, y, x, y }), labels,
                Resize(masks.to(float32), sizes, InterpolationMode.Nearest));
        }).ToArray();

        Learning.Train(network, loss, small, objects, "photographs", checkpoint);

        string file = Path.ChangeExtension(checkpoint, ".found.json");
        var segmenter = new Segmenter(network, detect, chosen.Categories);
        CocoDetection.Write(file, Progress.Over("finding", chosen.Images)
            .SelectMany(image => segmenter.Find(set.Read(image), image.Id)).ToList());
        var found = CocoDetection.Read(file, chosen);
        return (CocoEvaluation.Evaluate(chosen, found, CocoMatching.Masks), CocoEvaluation.Evaluate(chosen, found));
    }

    /// <summary>The pictures whose smallest object is largest, measured by the picture's shorter side.</summary>
    private CocoDataset Chosen(CocoDataset all)
    {
        double Smallest(CocoImage image) =>
            all.Usable(image.Id).Select(one => Math.Sqrt(one.Area)).DefaultIfEmpty(0).Min()
            / Math.Min(image.Height, image.Width);
        var images = all.Images.OrderByDescending(Smallest).ThenBy(image => image.Id).Take(Pictures).ToList();
        return new CocoDataset($"{all.Name}, {Pictures} pictures", images, all.Categories,
            [.. images.SelectMany(image => all.Of(image.Id))]);
    }

    private static Tensor Resize(Tensor planes, PictureSizes sizes, InterpolationMode mode)
    {
        var (height, width) = sizes.Of(planes.shape[1], planes.shape[2]);
        return nn.functional.interpolate(planes.unsqueeze(0), [height, width], mode: mode).squeeze(0);
    }
}
