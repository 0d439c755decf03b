using Lectern.Training;

namespace Lectern.Vision;

/// <summary>How a network learns to segment pictures: Adam on batches that change from epoch to epoch.</summary>
/// <remarks>
/// Where this process is one of several (<see cref="Ranks.OfJob"/>), all train the network together, each on its share of
/// every batch. Batch and number of pictures have to be multiples of their number. Mask R-CNN's step, and PANet's, is then
/// that of one process; a loss that is a mean over something else than pictures is the mean of the ranks' means.
/// </remarks>
public record SegmentationTraining
{
    /// <summary>Passes over the pictures.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Pictures a step.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>The highest learning rate of <see cref="CosineRate"/>.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Norm that gradients are cut to.</summary>
    public double GradientNorm { get; init; } = 10;

    /// <summary>How pictures are changed; null: not at all.</summary>
    public Augmentation? Changes { get; init; } = new();

    /// <summary>Seed of the pictures' order and changes; weights are drawn by whoever makes the network.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Trains a network.</summary>
    /// <param name="network">It is in evaluation mode afterwards.</param>
    /// <param name="loss">The loss of some pictures, RGB from 0 to 1, with their objects.</param>
    /// <param name="pictures">RGB, uint8 or floating from 0 to 1: [3, H_i, W_i].</param>
    /// <param name="objects">The objects of each.</param>
    /// <param name="task">What the progress bar says.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    /// <returns>The loss, epoch by epoch.</returns>
    /// <exception cref="ArgumentException">There is nothing to learn from.</exception>
    public History Train(nn.Module network, Func<IReadOnlyList<Tensor>, IReadOnlyList<Instances>, Tensor> loss,
        IReadOnlyList<Tensor> pictures, IReadOnlyList<Instances> objects, string task, string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(objects);
        if (pictures.Count == 0 || pictures.Count != objects.Count)
            throw new ArgumentException(
                $"There is a picture at least, and each has its objects; given were {pictures.Count} pictures and "
                + $"the objects of {objects.Count}.", nameof(objects));
        return TrainOn(network, loss, pictures.Count, _ => (pictures, objects), task, checkpoint);
    }

    /// <summary>Trains a network on pictures that may be others in each epoch.</summary>
    /// <param name="network">It is in evaluation mode afterwards.</param>
    /// <param name="loss">The loss of some pictures with their objects.</param>
    /// <param name="count">Pictures an epoch.</param>
    /// <param name="draw">Those of an epoch, with their objects; disposed with it if they are new.</param>
    /// <param name="task">What the progress bar says.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    private protected History TrainOn(nn.Module network,
        Func<IReadOnlyList<Tensor>, IReadOnlyList<Instances>, Tensor> loss, int count,
        Func<int, (IReadOnlyList<Tensor> Pictures, IReadOnlyList<Instances> Objects)> draw, string task,
        string? checkpoint)
    {
        var ranks = Ranks.OfJob;
        // Zhu et al. 2019 (Deformable ConvNets v2, section 4.1): offsets learn at a tenth of the rate. At the full one they jump, as what
        // lies below changes while it is learned: in 12 passes over drawn scenes YOLACT lost a quarter of its mask AP by them.
        var taps = network.modules().OfType<DeformableConv2d>().SelectMany(layer => layer.OfTaps).ToHashSet();
        var groups = new[] { (Share: 1.0, Of: network.parameters().Where(one => !taps.Contains(one)).ToList()), (Share: 0.1, Of: taps.ToList()) };
        using var optimizer = optim.Adam(groups.Where(group => group.Of.Count > 0).Select(group =>
            new Adam.ParamGroup { Parameters = group.Of }), LearningRate);
        int epochSteps = (count + Batch - 1) / Batch, step = 0;
        var rate = new CosineRate(LearningRate, epochSteps * Epochs);
        return new Trainer(network, optimizer)
        {
            Task = task,
            Epochs = Epochs,
            Checkpoint = checkpoint,
            CheckpointEvery = 1,
            Ranks = ranks,
            Schedule = history => step = history.Epochs * epochSteps,
            BeforeStep = () =>
            {
                nn.utils.clip_grad_norm_(network.parameters(), GradientNorm);
                foreach (var (group, (share, _)) in optimizer.ParamGroups.Zip(groups)) group.LearningRate = share * rate.At(step);
                step++;
            },
        }.Run(epoch => Batches(() => draw(epoch), epoch, network.parameters().First().device, ranks), batch => loss(batch.Pictures, batch.Objects));
    }

    private IEnumerable<(IReadOnlyList<Tensor> Pictures, IReadOnlyList<Instances> Objects)> Batches(
        Func<(IReadOnlyList<Tensor> Pictures, IReadOnlyList<Instances> Objects)> draw, int epoch, Device device, Ranks? ranks)
    {
        using var drawn = NewDisposeScope();
        var (pictures, objects) = draw();
        var random = new Random(unchecked(Seed * 7919 + epoch));
        int[] order = [.. Enumerable.Range(0, pictures.Count)];
        random.Shuffle(order);
        int number = unchecked(epoch * order.Length);
        foreach (int[] chunk in order.Chunk(Batch))
        {
            using var scope = NewDisposeScope();
            var (some, of) = (new List<Tensor>(), new List<Instances>());
            foreach (int i in chunk)
            {
                var (picture, boxes, labels, masks) =
                    (Lit(pictures[i]), objects[i].Boxes, objects[i].Labels, objects[i].Masks);
                if (Changes is not null)                    // of all pictures: ranks draw the same changes
                    (picture, boxes, labels, masks) = Changes.Apply(picture, boxes, labels, masks, random);
                some.Add(picture.to(device));
                of.Add(new Instances(boxes.to(device), labels.to(device), masks.to(device)) { Number = number++ });
            }
            yield return ranks is null ? (some, of) : (ranks.Share(some), ranks.Share(of));
        }
    }

    /// <summary>A picture from 0 to 1.</summary>
    private protected static Tensor Lit(Tensor picture) =>
        picture.is_floating_point() ? picture.alias() : picture.to(ScalarType.Float32) / 255;
}
