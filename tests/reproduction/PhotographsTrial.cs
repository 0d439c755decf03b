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

    /// <summary>Passes over the pictures.</summary>
    public int Epochs { get; init; } = 150;

    /// <summary>Pictures a step.</summary>
    public int Batch { get; init; } = 2;

    /// <summary>The highest learning rate of <see cref="CosineRate"/>, for Adam.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Norm that gradients are cut to.</summary>
    public double GradientNorm { get; init; } = 10;

    /// <summary>Seed of the order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Trains a network, writes what it finds in the files, and judges what was written.</summary>
    /// <param name="network">Its labels are places in the list of categories, from 1.</param>
    /// <param name="loss">The loss of some pictures, RGB from 0 to 1, with their objects.</param>
    /// <param name="detect">What it finds in pictures.</param>
    /// <param name="checkpoint">File to go on from and to write to.</param>
    internal (CocoScores Masks, CocoScores Boxes) Run(nn.Module network,
        Func<IReadOnlyList<Tensor>, IReadOnlyList<Instances>, Tensor> loss,
        Func<IReadOnlyList<Tensor>, Detections[]> detect, string checkpoint)
    {
        using var scope = torch.NewDisposeScope();
        using var set = CocoPictures.Mini();
        var chosen = Chosen(set.Annotations);
        var sizes = new PictureSizes(ShortSide, 2 * ShortSide);
        var pictures = chosen.Images.Select(image => set.Read(image).to(torch.float32) / 255).ToArray();
        // Resized once: the network resizes what has its size already no more.
        var small = pictures.Select(picture => Resize(picture, sizes, torch.InterpolationMode.Bilinear)).ToArray();
        var objects = chosen.Images.Select((image, i) =>
        {
            var (boxes, labels, masks) = set.Targets(image.Id);
            var (size, old) = (small[i].shape, pictures[i].shape);
            float x = size[2] / (float)old[2], y = size[1] / (float)old[1];
            return new Instances(boxes * torch.tensor(new[] { x, y, x, y }), labels,
                Resize(masks.to(torch.float32), sizes, torch.InterpolationMode.Nearest));
        }).ToArray();

        using var optimizer = torch.optim.Adam(network.parameters(), LearningRate);
        int epochSteps = (chosen.Images.Count + Batch - 1) / Batch, step = 0;
        var rate = new CosineRate(LearningRate, epochSteps * Epochs);
        new Trainer(network, optimizer)
        {
            Task = "photographs", Epochs = Epochs, Checkpoint = checkpoint,
            Schedule = history => step = history.Epochs * epochSteps,
            BeforeStep = () =>
            {
                torch.nn.utils.clip_grad_norm_(network.parameters(), GradientNorm);
                foreach (var group in optimizer.ParamGroups) group.LearningRate = rate.At(step);
                step++;
            },
        }.Run(epoch => Order(epoch).Chunk(Batch), chunk => loss(
            [.. chunk.Select(i => small[i])], [.. chunk.Select(i => objects[i])]));

        string file = Path.ChangeExtension(checkpoint, ".found.json");
        var segmenter = new Papers.InstanceSegmentation.Segmenter(network, detect, chosen.Categories);
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

    private int[] Order(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, Pictures)];
        new Random(unchecked(Seed * 7919 + epoch)).Shuffle(order);
        return order;
    }

    private static Tensor Resize(Tensor planes, PictureSizes sizes, torch.InterpolationMode mode)
    {
        var (height, width) = sizes.Of(planes.shape[1], planes.shape[2]);
        return torch.nn.functional.interpolate(planes.unsqueeze(0), [height, width], mode: mode).squeeze(0);
    }
}
