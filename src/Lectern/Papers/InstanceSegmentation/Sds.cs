// SDS: Hariharan, Arbeláez, Girshick and Malik, "Simultaneous Detection and Segmentation", ECCV 2014, arXiv:1407.1808.
// Idea      Find objects with their pixels: regions proposed bottom-up are classified by a network that sees a
//           region's box and, on a second path, the region alone; what survives gets its mask refined top-down.
// Symbols   K classes, 0 being the background; N regions of a picture; D features of a path; S side of a crop
// Proposals regions of superpixels, ranked                                   -> Mcg.Propose
// Features  box crop, and the crop with the ground at the mean               -> SdsCrops, SdsNetwork.Features
// Variants  A: one path for both; B: a path each; C: both trained jointly    -> SdsVariant, Sds.FineTune
// Classify  linear SVMs; hard negatives; latent positives                    -> Sds.TrainDetectors
// Suppress  of regions of a class that share a pixel, the best               -> Sds.Suppress
// Refine    10×10 logistic regressions, then superpixels                     -> RegionRefiner
// Differs   paths start from chance, the paper's from ImageNet: SdsNetwork.Box and Region take such weights by
//           load_py, under Caffe's names. Masks become 10×10 by averaging, not by bicubic resizing. Biases of
//           logistic regressions are not penalised. Features of all pictures are kept in memory, not on disk.
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>How the two paths are trained.</summary>
public enum SdsVariant
{
    /// <summary>One path, trained on boxes, reads both crops.</summary>
    A,

    /// <summary>A path each; that of regions is trained on regions, by the overlap of regions.</summary>
    B,

    /// <summary>As B, and then both together on joined features.</summary>
    C,
}

/// <summary>Settings of an SDS; defaults are the paper's.</summary>
public sealed record SdsSettings
{
    /// <summary>Classes K, without the background.</summary>
    public int Classes { get; init; } = 20;

    /// <summary>How the paths are trained.</summary>
    public SdsVariant Variant { get; init; } = SdsVariant.C;

    /// <summary>What a path is made of.</summary>
    public CaffeLayout Layout { get; init; } = new();

    /// <summary>Steps of each stage of fine-tuning.</summary>
    public int Steps { get; init; } = 50_000;

    /// <summary>Steps after which the rate falls to a tenth.</summary>
    public int Drop { get; init; } = 20_000;

    /// <summary>Crops a step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>The share of objects among them.</summary>
    public double Positives { get; init; } = 0.25;

    /// <summary>The overlap from which on a region is an object's.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>The rate of layers that start from given weights.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>What the classifier's rate is in that of the others; 1 where these start from chance, too.</summary>
    public double Fresh { get; init; } = 10;

    /// <summary>C of the SVMs' negatives; that of positives is twice it.</summary>
    public double C { get; init; } = 1e-3;

    /// <summary>The constant whose weight is an SVM's bias.</summary>
    public double Constant { get; init; } = 10;

    /// <summary>What the mean norm of features is scaled to.</summary>
    public double Norm { get; init; } = 20;

    /// <summary>A region is no object of a class that overlaps those of it less.</summary>
    public double Negative { get; init; } = 0.2;

    /// <summary>Hard negatives after which an SVM is trained again.</summary>
    public int Retrain { get; init; } = 2000;

    /// <summary>Pictures that the first round mines.</summary>
    public int FirstRound { get; init; } = 1000;

    /// <summary>A region goes that overlaps a better one of its class more.</summary>
    public double Suppression { get; init; } = 0;

    /// <summary>A detection's score is above it.</summary>
    public double Score { get; init; } = -1;

    /// <summary>Detections a picture.</summary>
    public int Detections { get; init; } = 100;

    /// <summary>Refinement.</summary>
    public RefinementSettings Refinement { get; init; } = new();

    /// <summary>Seed of what is drawn.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>A picture to learn from.</summary>
/// <param name="Picture">RGB, uint8 or floating from 0 to 1: [3, H, W].</param>
/// <param name="Proposals">Its regions.</param>
/// <param name="Objects">Its objects, with labels 1 to K.</param>
public sealed record SdsPicture(Tensor Picture, RegionPool Proposals, Instances Objects);

/// <summary>The detector. Train in the order of the methods; each needs the ones before.</summary>
public sealed class Sds : IDisposable
{
    private const int Chunk = 128;                                      // crops that go through the network at once

    private readonly LinearSvm?[] machines;
    private readonly RegionRefiner refiner;
    private double scale = 1;                                           // of features

    /// <summary>A detector with random weights, from torch's generator.</summary>
    public Sds(SdsSettings? settings = null)
    {
        Settings = settings ?? new SdsSettings();
        Network = new SdsNetwork(Settings);
        machines = new LinearSvm?[Settings.Classes];
        refiner = new RegionRefiner(Settings.Classes, Settings.Refinement);
    }

    /// <summary>Its settings.</summary>
    public SdsSettings Settings { get; }

    /// <summary>The two paths and what classifies while they are trained.</summary>
    public SdsNetwork Network { get; }

    /// <summary>The SVM of each class, on scaled features; null for classes that had no objects.</summary>
    public IReadOnlyList<LinearSvm?> Machines => machines;

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    /// <summary>Trains the paths, in the stages that the variant has: A's one, which B has too, and C both.</summary>
    /// <param name="pictures">What to learn from.</param>
    /// <param name="begun">
    /// A detector of an earlier variant and the same layout: its stages are taken over, not trained again. Null: none.
    /// </param>
    /// <exception cref="ArgumentException">The one given is of no earlier variant, or of another layout.</exception>
    public void FineTune(IReadOnlyList<SdsPicture> pictures, Sds? begun = null)
    {
        Require(pictures);
        if (begun is not null) Take(begun);
        if (begun is null)
            Stage(pictures, "boxes", byBox: true, [Network.box], Network.box_score,
                (box, _) => Network.box_score.call(Network.box.call(box)));
        if (Settings.Variant == SdsVariant.A) return;
        if (begun is null || begun.Settings.Variant < SdsVariant.B)
            Stage(pictures, "regions", byBox: false, [Network.region!], Network.region_score!,
                (_, region) => Network.region_score!.call(Network.region!.call(region)));
        if (Settings.Variant == SdsVariant.B) return;
        Stage(pictures, "both", byBox: false, [Network.box, Network.region!], Network.joint_score!,
            (box, region) => Network.joint_score!.call(Network.Features(box, region)));
    }

    /// <summary>Copies the weights that an earlier variant has trained.</summary>
    private void Take(Sds begun)
    {
        if (begun.Settings.Variant >= Settings.Variant)
            throw new ArgumentException(
                $"Variant {Settings.Variant} goes on from an earlier one; given was {begun.Settings.Variant}.",
                nameof(begun));
        using var none = no_grad();
        var own = Network.named_parameters().ToDictionary(one => one.name, one => one.parameter);
        foreach (var (name, parameter) in begun.Network.named_parameters())
        {
            if (!own[name].shape.SequenceEqual(parameter.shape))
                throw new ArgumentException(
                    $"{name} is [{string.Join(", ", own[name].shape)}] here and "
                    + $"[{string.Join(", ", parameter.shape)}] there: the layouts differ.", nameof(begun));
            own[name].copy_(parameter);
        }
    }

    /// <summary>Softmax of the classes and the background, on crops of regions that overlap objects or not.</summary>
    private void Stage(IReadOnlyList<SdsPicture> pictures, string name, bool byBox, CaffeNet[] paths, Linear score,
        Func<Tensor, Tensor, Tensor> logits)
    {
        using var scope = NewDisposeScope();
        var examples = pictures.Select(one => Example.Of(one, byBox)).ToArray();
        // Of all regions of all pictures: objects' and others.
        var found = new List<(int Picture, int Region)>();
        var others = new List<(int Picture, int Region)>();
        for (int i = 0; i < examples.Length; i++)
            for (int r = 0; r < examples[i].Count; r++)
                (examples[i].Best(r).Overlap >= Settings.Overlap ? found : others).Add((i, r));
        if (found.Count == 0 || others.Count == 0)
            throw new ArgumentException(
                $"{found.Count} regions overlap an object by {Settings.Overlap} or more and {others.Count} less; "
                + "training wants both.", nameof(pictures));
        // Caffe's rates: biases learn twice as fast and do not decay.
        SGD.ParamGroup Group(IEnumerable<(string name, Parameter parameter)> of, bool bias, double factor) => new(
            of.Where(one => one.name.EndsWith("bias") == bias).Select(one => one.parameter),
            Settings.LearningRate * factor * (bias ? 2 : 1), momentum: 0.9, weight_decay: bias ? 0 : 5e-4);
        var old = paths.SelectMany(path => path.named_parameters()).ToArray();
        using var optimizer = optim.SGD(
            [Group(old, false, 1), Group(old, true, 1), Group(score.named_parameters(), false, Settings.Fresh),
                Group(score.named_parameters(), true, Settings.Fresh)], Settings.LearningRate, 0.9);
        double[] rates = [.. optimizer.ParamGroups.Select(group => group.LearningRate)];
        int stages = (Settings.Steps + Settings.Drop - 1) / Settings.Drop;
        new Trainer(Network, optimizer)
        {
            Task = name, Epochs = stages,
            Schedule = history =>
            {
                foreach (var (group, rate) in optimizer.ParamGroups.Zip(rates))
                    group.LearningRate = rate * Math.Pow(0.1, history.Epochs);
            },
        }.Run(
            stage => Enumerable.Range(
                stage * Settings.Drop, Math.Min(Settings.Drop, Settings.Steps - stage * Settings.Drop)),
            step =>
            {
                var random = new SplitMix(Settings.Seed, step);
                int objects = (int)Math.Round(Settings.Batch * Settings.Positives);
                var drawn = new List<(int Picture, int Region, bool Flip)>();
                for (int k = 0; k < Settings.Batch; k++)
                {
                    var from = k < objects ? found : others;
                    var (picture, region) = from[random.Next(from.Count)];
                    drawn.Add((picture, region, random.Next(2) == 0));
                }
                var (boxes, regions, labels) = (new List<Tensor>(), new List<Tensor>(), new List<long>());
                drawn = [.. drawn.OrderBy(one => one.Picture)];
                foreach (var group in drawn.GroupBy(one => one.Picture))
                {
                    var of = examples[group.Key];
                    var (box, region) = of.Crops([.. group.Select(one => one.Region)], Settings.Layout);
                    boxes.Add(box);
                    regions.Add(region);
                    labels.AddRange(group.Select(one => of.Best(one.Region))
                        .Select(best => best.Overlap >= Settings.Overlap ? best.Label : 0));
                }
                var flip = tensor(drawn.Select(one => one.Flip).ToArray()).view(-1, 1, 1, 1);
                Tensor Mirrored(Tensor crops) => where(flip, crops.flip(3), crops);
                return nn.functional.cross_entropy(
                    logits(Mirrored(cat(boxes, 0)), Mirrored(cat(regions, 0))), tensor(labels.ToArray()));
            });
    }

    /// <summary>Trains the SVMs on the network's features, and what they are scaled by.</summary>
    /// <param name="pictures">What to learn from.</param>
    /// <remarks>
    /// Two rounds: positives are the objects' own regions at first, and then for each object the
    /// proposal with the best score among those that overlap it by more than a half.
    /// </remarks>
    public void TrainDetectors(IReadOnlyList<SdsPicture> pictures)
    {
        Require(pictures);
        using var scope = NewDisposeScope();
        var mined = pictures.Select(one => Mined.Of(one, this)).ToArray();
        double mean = cat([.. mined.Take(100).Select(one => one.Features.norm(1))], 0).mean().item<float>();
        scale = Settings.Norm / Math.Max(mean, 1e-12);
        for (int i = 0; i < mined.Length; i++) mined[i] = mined[i] with { Features = mined[i].Features * scale };
        using var progress = Progress.Start("machines", Settings.Classes);
        for (int k = 1; k <= Settings.Classes; k++)
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            // The objects' own features are the last rows of a picture's.
            var own = Rows(mined, (one, row) => row >= one.Regions && one.Labels[row - one.Regions] == k);
            machines[k - 1] = own.Count == 0 ? null : Mine(mined, own, k, Math.Min(Settings.FirstRound, mined.Length));
            if (machines[k - 1] is { } first && Latent(mined, first, k) is { Count: > 0 } latent)
                machines[k - 1] = Mine(mined, latent, k, mined.Length);
            progress.Step();
        }
    }

    private static List<(int Picture, int Row)> Rows(Mined[] pictures, Func<Mined, int, bool> which) =>
        [.. pictures.SelectMany((one, i) => Enumerable.Range(0, one.Regions + one.Labels.Length)
            .Where(row => which(one, row)).Select(row => (i, row)))];

    /// <summary>One SVM of given positives; negatives are those that it is wrong about, or nearly.</summary>
    private LinearSvm Mine(Mined[] pictures, List<(int Picture, int Row)> positives, int k, int count)
    {
        var negatives = new HashSet<(int Picture, int Row)>();
        LinearSvm? machine = null;
        int added = 0;
        for (int i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            float[] scores = [.. (machine?.Scores(pictures[i].Features) ?? zeros(pictures[i].Features.shape[0]))
                .data<float>()];
            for (int row = 0; row < scores.Length; row++)
                if (scores[row] >= -1.0001 && pictures[i].IsOther(row, k, Settings.Negative) && negatives.Add((i, row)))
                    added++;
            if (negatives.Count == 0 || (added < Settings.Retrain && i + 1 < count)) continue;
            (int Picture, int Row)[] rows = [.. positives, .. negatives.Order()];
            var x = cat([.. rows.Select(row => pictures[row.Picture].Features.narrow(0, row.Row, 1))], 0);
            machine = LinearSvm.Fit(x, [.. rows.Select((_, r) => r < positives.Count)], Settings.C, positiveWeight: 2,
                constant: Settings.Constant, seed: Settings.Seed);
            added = 0;
            float[] again = [.. machine.Scores(x).data<float>()];
            for (int r = positives.Count; r < rows.Length; r++)
                if (again[r] < -1.2) negatives.Remove(rows[r]);         // easy ones make room
        }
        return machine ?? throw new ArgumentException(
            $"Class {k} has no negatives: no proposal overlaps its objects by less than {Settings.Negative}, and there "
            + "are no objects of other classes.", nameof(pictures));
    }

    /// <summary>Of each object of a class the proposal that stands for it.</summary>
    private static List<(int Picture, int Row)> Latent(Mined[] pictures, LinearSvm machine, int k)
    {
        using var scope = NewDisposeScope();
        var rows = new List<(int, int)>();
        for (int i = 0; i < pictures.Length; i++)
        {
            float[] scores = [.. machine.Scores(pictures[i].Features).data<float>()];
            for (int g = 0; g < pictures[i].Labels.Length; g++)
            {
                if (pictures[i].Labels[g] != k) continue;
                int best = -1;
                for (int r = 0; r < pictures[i].Regions; r++)
                    if (pictures[i].Overlaps[g, r] > 0.5f && (best < 0 || scores[r] > scores[best])) best = r;
                if (best >= 0) rows.Add((i, best));
            }
        }
        return [.. rows.Distinct()];
    }

    /// <summary>Trains the refinement of masks, of each class that has proposals good enough.</summary>
    /// <param name="pictures">What to learn from.</param>
    public void TrainRefinement(IReadOnlyList<SdsPicture> pictures)
    {
        Require(pictures);
        using var scope = NewDisposeScope();
        refiner.Fit([.. pictures.Select(one =>
        {
            float[,] overlaps = one.Proposals.Overlaps(one.Objects.Masks);
            (int Region, int Object)[] pairs = [.. Enumerable.Range(0, one.Proposals.Count).SelectMany(r =>
                Enumerable.Range(0, overlaps.GetLength(0)).Where(g => overlaps[g, r] >= Settings.Refinement.Overlap)
                    .Select(g => (r, g)))];
            var near = one.Proposals.Take([.. pairs.Select(pair => pair.Region)]);
            var objects = tensor(pairs.Select(pair => (long)pair.Object).ToArray());
            return new NearRegions(near, Features(one.Picture, near), one.Objects.Masks.index_select(0, objects),
                [.. one.Objects.Labels.index_select(0, objects).data<long>()]);
        })]);
    }

    /// <summary>The objects in a picture, the best first.</summary>
    /// <param name="picture">RGB, uint8 or floating from 0 to 1: [3, H, W].</param>
    /// <param name="proposals">Its regions.</param>
    /// <param name="refine">Whether masks are refined, where that was trained.</param>
    /// <returns>
    /// Scores are the SVMs', not probabilities; masks are 0 and 1. Owned by the caller's scope.
    /// </returns>
    /// <exception cref="InvalidOperationException">No SVM was trained yet.</exception>
    public Detections Detect(Tensor picture, RegionPool proposals, bool refine = true)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        if (machines.All(machine => machine is null))
            throw new InvalidOperationException("No class has a machine: call TrainDetectors before.");
        using var scope = NewDisposeScope();
        var features = Features(picture, proposals);                                    // [N, 2D]
        var found = new List<(int Region, int Label, float Score)>();
        for (int k = 1; k <= Settings.Classes && proposals.Count > 0; k++)
        {
            if (machines[k - 1] is not { } machine) continue;
            float[] scores = [.. machine.Scores(features).data<float>()];
            found.AddRange(Suppress(proposals, scores, Settings.Suppression).Where(r => scores[r] > Settings.Score)
                .Select(r => (r, k, scores[r])));
        }
        var best = found.OrderByDescending(one => one.Score).Take(Settings.Detections).ToArray();
        var kept = proposals.Take([.. best.Select(one => one.Region)]);
        var masks = refine
            ? refiner.Refine(kept, [.. best.Select(one => one.Label)],
                features.index_select(0, tensor(best.Select(one => (long)one.Region).ToArray())))
            : kept.Masks();
        return new Detections(
            Boxes.Around(masks), tensor(best.Select(one => (long)one.Label).ToArray()),
            tensor(best.Select(one => one.Score).ToArray()), masks.to(float32)).MoveToOuterDisposeScope();
    }

    /// <summary>All that was learned, for <see cref="Restore"/>.</summary>
    internal IEnumerable<(string Name, Tensor Value)> State() =>
    [
        .. Network.state_dict().Select(entry => ($"network.{entry.Key}", entry.Value)), ("scale", tensor(scale)),
        .. machines.Index().Where(one => one.Item is not null).Select(one =>
            ($"machines.{one.Index}", tensor([.. one.Item!.Weight, one.Item.Bias]))),
        .. refiner.State().Select(one => ($"refiner.{one.Name}", one.Value)),
    ];

    /// <summary>Takes what another one learned: all but the network, which loads as any.</summary>
    /// <param name="value">By name; null where there is none.</param>
    internal void Restore(Func<string, Tensor?> value)
    {
        scale = value("scale")?.item<double>() ?? throw new KeyNotFoundException("the scale of features is missing");
        for (int k = 0; k < machines.Length; k++)
            machines[k] = value($"machines.{k}") is { } machine
                ? new LinearSvm([.. machine.data<double>().SkipLast(1)], machine[-1].item<double>())
                : null;
        refiner.Restore(name => value($"refiner.{name}"));
    }

    /// <summary>
    /// The best region, then the best of those that do not overlap it, and so on: with a threshold of 0 one
    /// pixel in common is too much.
    /// </summary>
    /// <param name="pool">Regions.</param>
    /// <param name="scores">Their scores.</param>
    /// <param name="threshold">A region goes that overlaps a better one more.</param>
    /// <returns>Numbers of those that stay, the best first.</returns>
    /// <exception cref="ArgumentException">Scores are not as many as regions.</exception>
    public static IReadOnlyList<int> Suppress(RegionPool pool, IReadOnlyList<float> scores, double threshold = 0)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count != pool.Count)
            throw new ArgumentException(
                $"{pool.Count} regions have a score each; given were {scores.Count}.", nameof(scores));
        var kept = new List<int>();
        foreach (int region in Enumerable.Range(0, pool.Count).OrderByDescending(region => scores[region]))
            if (!kept.Any(other => pool.Jaccard(region, other) > threshold)) kept.Add(region);
        return kept;
    }

    /// <summary>Features of regions, scaled as the SVMs have them: [N, 2D].</summary>
    private Tensor Features(Tensor picture, RegionPool pool)
    {
        using var scope = NewDisposeScope();
        return (Features(picture, pool.Boxes(), pool.Masks()) * scale).MoveToOuterDisposeScope();
    }

    internal Tensor Features(Tensor picture, Tensor boxes, Tensor masks)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        Network.eval();
        var parts = new List<Tensor> { zeros(0, 2 * Settings.Layout.Hidden[^1]) };
        for (long from = 0; from < boxes.shape[0]; from += Chunk)
        {
            using var chunk = NewDisposeScope();
            long count = Math.Min(Chunk, boxes.shape[0] - from);
            var (box, region) = SdsCrops.Of(
                picture, boxes.narrow(0, from, count), masks.narrow(0, from, count), Settings.Layout);
            parts.Add(Network.Features(box, region).MoveToOuterDisposeScope());
        }
        return cat(parts, 0).MoveToOuterDisposeScope();
    }

    private void Require(IReadOnlyList<SdsPicture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        foreach (long label in pictures.SelectMany(one => one.Objects.Labels.data<long>().ToArray()))
            if (label < 1 || label > Settings.Classes)
                throw new ArgumentException(
                    $"Labels are 1 to {Settings.Classes}; given was {label}.", nameof(pictures));
    }

    /// <summary>The regions of one picture to fine-tune on, the objects' own among them.</summary>
    private sealed record Example(Tensor Picture, Tensor Boxes, Tensor Masks, (double Overlap, long Label)[] Regions)
    {
        internal int Count => Regions.Length;

        internal (double Overlap, long Label) Best(int region) => Regions[region];

        internal (Tensor Box, Tensor Region) Crops(long[] regions, CaffeLayout layout)
        {
            var rows = tensor(regions);
            return SdsCrops.Of(Picture, Boxes.index_select(0, rows), Masks.index_select(0, rows), layout);
        }

        /// <summary>The object that each region overlaps most, boxes or regions being compared.</summary>
        internal static Example Of(SdsPicture of, bool byBox)
        {
            long[] labels = [.. of.Objects.Labels.data<long>()];
            var boxes = of.Proposals.Boxes();
            float[] byBoxes = [.. Vision.Boxes.Iou(of.Objects.Boxes, boxes).data<float>()];
            float[,] byRegions = of.Proposals.Overlaps(of.Objects.Masks);
            var regions = Enumerable.Range(0, of.Proposals.Count).Select(r => labels
                .Select((label, g) => ((double)(byBox ? byBoxes[g * of.Proposals.Count + r] : byRegions[g, r]), label))
                .DefaultIfEmpty((0, 0)).MaxBy(one => one.Item1));
            return new Example(of.Picture, cat([boxes, of.Objects.Boxes], 0),
                cat([of.Proposals.Masks(), of.Objects.Masks != 0], 0),
                [.. regions, .. labels.Select(label => (1.0, label))]);
        }
    }

    /// <summary>What the SVMs see of one picture: its proposals and, behind them, its objects.</summary>
    private sealed record Mined(Tensor Features, int Regions, long[] Labels, float[,] Overlaps)
    {
        internal static Mined Of(SdsPicture of, Sds sds)
        {
            using var scope = NewDisposeScope();
            var boxes = cat([of.Proposals.Boxes(), of.Objects.Boxes], 0);
            var masks = cat([of.Proposals.Masks(), of.Objects.Masks != 0], 0);
            return new Mined(sds.Features(of.Picture, boxes, masks).MoveToOuterDisposeScope(), of.Proposals.Count,
                [.. of.Objects.Labels.data<long>()], of.Proposals.Overlaps(of.Objects.Masks));
        }

        /// <summary>Whether a row is no object of a class: it overlaps none of them, or is another's.</summary>
        internal bool IsOther(int row, int k, double negative)
        {
            if (row >= Regions) return Labels[row - Regions] != k;
            for (int g = 0; g < Labels.Length; g++)
                if (Labels[g] == k && Overlaps[g, row] >= negative) return false;
            return true;
        }
    }
}

/// <summary>What the network sees of regions.</summary>
internal static class SdsCrops
{
    /// <summary>
    /// A region's box with some of what is around it, warped to a square; and the same with everything but the
    /// region at the mean. What is outside the picture is at the mean, too.
    /// </summary>
    /// <param name="picture">RGB, uint8 or floating from 0 to 1: [3, H, W].</param>
    /// <param name="boxes">xyxy, pixels: [N, 4].</param>
    /// <param name="masks">The regions: bool [N, H, W].</param>
    /// <param name="layout">Sizes and mean.</param>
    /// <returns>Both [N, 3, S, S]; blue, green and red without the mean.</returns>
    internal static (Tensor Box, Tensor Region) Of(Tensor picture, Tensor boxes, Tensor masks, CaffeLayout layout)
    {
        Images.Require(picture, floating: false);
        using var scope = NewDisposeScope();
        var (count, height, width, side) = (boxes.shape[0], picture.shape[1], picture.shape[2], layout.Side);
        var values = picture.is_floating_point() ? picture.to(float32) * 255 : picture.to(float32);
        var bgr = (values.flip(0) - tensor([.. layout.Mean], float32).view(3, 1, 1)) * layout.Scale;
        double growth = side / (double)(side - 2 * layout.Context);
        var middles = (arange(side, float32) + 0.5) / side - 0.5;       // of the crop's pixels, in grown boxes
        Tensor Places(int axis) => (boxes.narrow(1, axis, 1) + boxes.narrow(1, axis + 2, 1)) / 2
            + (boxes.narrow(1, axis + 2, 1) - boxes.narrow(1, axis, 1)) * growth * middles;         // [N, S]
        var (rows, columns) =
            (Places(1).unsqueeze(2).expand(count, side, side), Places(0).unsqueeze(1).expand(count, side, side));
        var inside = (rows >= 0).logical_and(rows < height).logical_and(columns >= 0).logical_and(columns < width);
        // A pixel's value is at its middle; half a pixel at the border goes on as it is.
        var box = MapSampler.Sample(bgr.unsqueeze(0), (rows - 0.5).reshape(1, -1), (columns - 0.5).reshape(1, -1),
                MapBorder.Clamp, inside.to(float32).view(1, -1))                        // [1, N S S, 3]
            .view(count, side, side, 3).permute(0, 3, 1, 2).contiguous();
        var nearest = rows.floor().clamp(0, height - 1).to(int64) * width
            + columns.floor().clamp(0, width - 1).to(int64);
        var own = masks.flatten(1).gather(1, nearest.flatten(1)).view(count, 1, side, side);
        // The mean is off: 0 is it.
        return (box.MoveToOuterDisposeScope(), (box * own).MoveToOuterDisposeScope());
    }
}

/// <summary>The paths and the layers that classify while they are trained.</summary>
public sealed class SdsNetwork : nn.Module
{
    internal readonly CaffeNet box;
    internal readonly CaffeNet? region;
    internal readonly Linear box_score;
    internal readonly Linear? region_score, joint_score;

    internal SdsNetwork(SdsSettings settings) : base(nameof(SdsNetwork))
    {
        long width = settings.Layout.Hidden[^1];
        (box, box_score) = (new CaffeNet(settings.Layout), Score(width));
        if (settings.Variant != SdsVariant.A) (region, region_score) = (new CaffeNet(settings.Layout), Score(width));
        if (settings.Variant == SdsVariant.C) joint_score = Score(2 * width);
        RegisterComponents();

        Linear Score(long inputs)
        {
            var score = nn.Linear(inputs, settings.Classes + 1);
            nn.init.normal_(score.weight, 0, 0.01);
            nn.init.zeros_(score.bias!);
            return score;
        }
    }

    /// <summary>The path that reads boxes; of variant A, both crops.</summary>
    public CaffeNet Box => box;

    /// <summary>The path that reads regions; null for variant A.</summary>
    public CaffeNet? Region => region;

    /// <summary>Both paths' features side by side; variant A reads both crops with one path.</summary>
    /// <param name="boxes">[N, 3, S, S].</param>
    /// <param name="regions">[N, 3, S, S].</param>
    /// <returns>[N, 2D].</returns>
    public Tensor Features(Tensor boxes, Tensor regions)
    {
        using var scope = NewDisposeScope();
        return cat([box.call(boxes), (region ?? box).call(regions)], 1).MoveToOuterDisposeScope();
    }
}
