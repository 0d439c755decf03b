using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>Settings of the refinement; defaults are the paper's.</summary>
public sealed record RefinementSettings
{
    /// <summary>Cells of the coarse mask on a side.</summary>
    public int Cells { get; init; } = 10;

    /// <summary>What a box grows by on each side, of its own: the context that its crop has.</summary>
    public double Growth { get; init; } = 16.0 / 195;

    /// <summary>Regions that overlap an object so much are learned from.</summary>
    public double Overlap { get; init; } = 0.7;

    /// <summary>C of the coarse mask's regressions.</summary>
    public double Coarse { get; init; } = 0.01;

    /// <summary>C of the superpixels' regression.</summary>
    public double Fine { get; init; } = 1;

    /// <summary>Smaller superpixels are not learned from.</summary>
    public int LeastArea { get; init; } = 100;
}

/// <summary>Regions that nearly are objects, to learn from.</summary>
/// <param name="Regions">P regions of one picture.</param>
/// <param name="Features">What a network says of each: [P, F].</param>
/// <param name="Masks">What is seen of the object that each is: [P, H, W].</param>
/// <param name="Labels">The objects' classes, from 1 on.</param>
public sealed record NearRegions(RegionPool Regions, Tensor Features, Tensor Masks, IReadOnlyList<long> Labels);

/// <summary>
/// Masks of regions refined top-down (Hariharan et al. 2014): regressions of a class tell from a
/// region's features and its shape which of 10×10 cells the object fills; superpixels are then inside by how
/// full their cells are and whether they were inside before.
/// </summary>
/// <param name="classes">Classes, without the background.</param>
/// <param name="settings">Its settings.</param>
public sealed class RegionRefiner(int classes, RefinementSettings? settings = null)
{
    /// <summary>Of a class: cells [F, cells²] with a bias each; two weights and the bias of superpixels.</summary>
    private sealed record Machine(Tensor Weight, Tensor Bias, double[] Fine);

    // Superpixels that were not in the region are asked about where their cells are fuller than this.
    private const double Asked = 0.2;

    private readonly Machine?[] machines = new Machine?[classes];
    private readonly RefinementSettings of = settings ?? new RefinementSettings();

    /// <summary>Learns the classes that have regions; masks of the others will stay as they are.</summary>
    /// <param name="pictures">What to learn from.</param>
    /// <exception cref="ArgumentException">
    /// All superpixels of a class's regions are too small, or shapes do not fit.
    /// </exception>
    public void Fit(IReadOnlyList<NearRegions> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var scope = NewDisposeScope();
        var close = pictures.Select(one =>
        {
            if (one.Features.shape[0] != one.Regions.Count || one.Masks.shape[0] != one.Regions.Count
                || one.Labels.Count != one.Regions.Count)
                throw new ArgumentException(
                    $"{one.Regions.Count} regions have features, a mask and a label each; given were "
                    + $"{one.Features.shape[0]}, {one.Masks.shape[0]} and {one.Labels.Count}.", nameof(pictures));
            var truth = one.Masks != 0;
            return (Kept: one.Regions, Truth: truth, one.Labels, Input: Input(one.Features, one.Regions),
                Target: Shapes(truth, Grown(one.Regions)) > 0.5);
        }).ToArray();
        for (int k = 1; k <= classes; k++)
        {
            long[][] rows = [.. close.Select(one =>
                one.Labels.Index().Where(label => label.Item == k).Select(label => (long)label.Index).ToArray())];
            if (rows.Sum(own => own.Length) == 0) continue;
            var x = cat([.. close.Select((one, i) => one.Input.index_select(0, tensor(rows[i])))], 0);
            var y = cat([.. close.Select((one, i) => one.Target.index_select(0, tensor(rows[i])))], 0);
            var fits = Enumerable.Range(0, of.Cells * of.Cells)
                .Select(cell => Logistic(x, y.select(1, cell), of.Coarse)).ToArray();
            var (weight, bias) = (stack(fits.Select(fit => fit.Weight), 1), stack(fits.Select(fit => fit.Bias)));
            // Superpixels of these regions, as the coarse masks are now.
            var (fine, inside) = (new List<double>(), new List<bool>());
            foreach (var (one, own) in close.Zip(rows))
            {
                if (own.Length == 0) continue;
                var kept = one.Kept.Take([.. own.Select(r => (int)r)]);
                var coarse = one.Input.index_select(0, tensor(own)).mm(weight).add(bias).sigmoid();
                double[,] filled = Filled(kept, coarse);
                for (int r = 0; r < own.Length; r++)
                {
                    int[] shared = Counts(kept, one.Truth[own[r]]);
                    for (int s = 0; s < shared.Length; s++)
                    {
                        bool member = kept.Holds(r, s);
                        if (kept.SuperpixelAreas[s] <= of.LeastArea || !(filled[r, s] > Asked || member)) continue;
                        fine.AddRange([filled[r, s], member ? 1 : 0]);
                        inside.Add(2 * shared[s] > kept.SuperpixelAreas[s]);
                    }
                }
            }
            if (inside.Count == 0)
                throw new ArgumentException(
                    $"Class {k} has no superpixel of more than {of.LeastArea} pixels to learn from; lower LeastArea.",
                    nameof(pictures));
            var last = Logistic(tensor(fine.ToArray(), [inside.Count, 2]), tensor(inside.ToArray()), of.Fine);
            machines[k - 1] = new Machine(weight.DetachFromDisposeScope(), bias.DetachFromDisposeScope(),
                [last.Weight[0].item<double>(), last.Weight[1].item<double>(), last.Bias.item<double>()]);
        }
    }

    /// <summary>The coarse masks of regions.</summary>
    /// <param name="pool">Regions.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="features">What the network says of each: [N, F].</param>
    /// <returns>
    /// How likely each cell of the grown box is the object's: double [N, cells, cells]; of a class that was not
    /// learned, how much of it the region fills.
    /// </returns>
    /// <exception cref="ArgumentException">There is not one label and one row of features a region.</exception>
    public Tensor Coarse(RegionPool pool, IReadOnlyList<int> labels, Tensor features)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != pool.Count || features.dim() != 2 || features.shape[0] != pool.Count)
            throw new ArgumentException(
                $"{pool.Count} regions have a label and features [N, F] each; given were {labels.Count} and "
                + $"[{string.Join(", ", features.shape)}].", nameof(labels));
        using var scope = NewDisposeScope();
        var input = Input(features, pool);
        var rows = labels.Select((label, r) => machines[label - 1] is { } machine
            ? input.narrow(0, r, 1).mm(machine.Weight).add(machine.Bias).sigmoid()
            : input.narrow(0, r, 1).narrow(1, features.shape[1], of.Cells * of.Cells));
        return cat([zeros(0, of.Cells * of.Cells, float64), .. rows], 0).view(-1, of.Cells, of.Cells)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Better masks of regions.</summary>
    /// <param name="pool">Regions.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="features">What the network says of each: [N, F].</param>
    /// <returns>
    /// bool [N, H, W]. Those of classes that were not learned, or of which nothing would be left, stay.
    /// </returns>
    public Tensor Refine(RegionPool pool, IReadOnlyList<int> labels, Tensor features)
    {
        using var scope = NewDisposeScope();
        double[,] filled = Filled(pool, Coarse(pool, labels, features));
        var masks = pool.Masks();
        for (int r = 0; r < pool.Count; r++)
        {
            if (machines[labels[r] - 1] is not { } machine) continue;
            // A probability of a half or more: a logit of 0 or more. What is far from the region was not learned.
            bool[] kept = [.. Enumerable.Range(0, filled.GetLength(1)).Select(s =>
                (filled[r, s] > Asked || pool.Holds(r, s))
                && machine.Fine[0] * filled[r, s] + (pool.Holds(r, s) ? machine.Fine[1] : 0) + machine.Fine[2] >= 0)];
            bool[] pixels = [.. pool.Superpixels.ToArray().Select(s => kept[s])];
            if (pixels.Contains(true)) masks[r] = tensor(pixels, [pool.Height, pool.Width]);
        }
        return masks.MoveToOuterDisposeScope();
    }

    /// <summary>What was learned of each class, for <see cref="Restore"/>.</summary>
    internal IEnumerable<(string Name, Tensor Value)> State() => machines.Index().Where(one => one.Item is not null)
        .SelectMany(one => ((string, Tensor)[])
        [
            ($"{one.Index}.weight", one.Item!.Weight), ($"{one.Index}.bias", one.Item.Bias),
            ($"{one.Index}.fine", tensor(one.Item.Fine)),
        ]);

    /// <summary>Takes what another one learned; the values are kept.</summary>
    /// <param name="value">By name; null where there is none.</param>
    internal void Restore(Func<string, Tensor?> value)
    {
        for (int k = 0; k < machines.Length; k++)
            machines[k] = value($"{k}.weight") is { } weight && value($"{k}.bias") is { } bias
                && value($"{k}.fine") is { } fine
                ? new Machine(weight.DetachFromDisposeScope(), bias.DetachFromDisposeScope(),
                    [.. fine.data<double>()])
                : null;
    }

    /// <summary>Boxes with the context that their crops have: [N, 4].</summary>
    internal Tensor Grown(RegionPool pool)
    {
        using var scope = NewDisposeScope();
        var boxes = Boxes.Convert(pool.Boxes(), BoxFormat.Xyxy, BoxFormat.Cxcywh);
        var factor = tensor([1, 1, 1 + 2 * of.Growth, 1 + 2 * of.Growth], float32);
        return Boxes.Convert(boxes * factor, BoxFormat.Cxcywh, BoxFormat.Xyxy).MoveToOuterDisposeScope();
    }

    /// <summary>How much of each cell of its box a mask fills: [N, cells²].</summary>
    private Tensor Shapes(Tensor masks, Tensor boxes)
    {
        using var scope = NewDisposeScope();
        if (masks.shape[0] == 0) return zeros(0, of.Cells * of.Cells).MoveToOuterDisposeScope();
        var regions = cat([arange(masks.shape[0], float32).unsqueeze(1), boxes], 1);
        return RoiAlign.Pool(masks.to(float32).unsqueeze(1), regions, (of.Cells, of.Cells), aligned: true)
            .flatten(1).MoveToOuterDisposeScope();
    }

    /// <summary>Features and the region's own shape: double [N, 2D + cells²].</summary>
    private Tensor Input(Tensor features, RegionPool pool)
    {
        using var scope = NewDisposeScope();
        return cat([features, Shapes(pool.Masks(), Grown(pool))], 1).to(float64).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of a coarse mask over each superpixel, 0 being around it: [N, superpixels].</summary>
    internal double[,] Filled(RegionPool pool, Tensor coarse)
    {
        double[] cells = [.. coarse.to(float64).data<double>()];
        float[] boxes = [.. Grown(pool).data<float>()];
        double[,] filled = new double[pool.Count, pool.SuperpixelAreas.Length];
        for (int r = 0; r < pool.Count; r++)
        {
            var (x, y, width, height) = (
                boxes[4 * r], boxes[4 * r + 1], boxes[4 * r + 2] - boxes[4 * r], boxes[4 * r + 3] - boxes[4 * r + 1]);
            for (int pixel = 0; pixel < pool.Superpixels.Length; pixel++)
            {
                int row = (int)Math.Floor((pixel / pool.Width + 0.5 - y) / height * of.Cells);
                int column = (int)Math.Floor((pixel % pool.Width + 0.5 - x) / width * of.Cells);
                if (row < 0 || row >= of.Cells || column < 0 || column >= of.Cells) continue;
                int superpixel = pool.Superpixels[pixel];
                double cell = cells[(r * of.Cells + row) * of.Cells + column];
                filled[r, superpixel] += cell / pool.SuperpixelAreas[superpixel];
            }
        }
        return filled;
    }

    /// <summary>Pixels of a mask in each superpixel.</summary>
    private static int[] Counts(RegionPool pool, Tensor mask)
    {
        bool[] pixels = [.. mask.contiguous().data<bool>()];
        int[] counts = new int[pool.SuperpixelAreas.Length];
        for (int pixel = 0; pixel < pixels.Length; pixel++)
            if (pixels[pixel]) counts[pool.Superpixels[pixel]]++;
        return counts;
    }

    /// <summary>Weights [F] and bias of the least ½‖w‖² + C Σ log(1 + exp(-y (w·x + b))).</summary>
    private static (Tensor Weight, Tensor Bias) Logistic(Tensor x, Tensor inside, double c)
    {
        // With two columns of opposite weights ±w/2 the penalty is half as large: so is C.
        var fit = LogisticRegression.Fit(x, inside.to(int64), 2, c / 2);
        return (fit.Weight.select(1, 1) - fit.Weight.select(1, 0), fit.Bias[1] - fit.Bias[0]);
    }
}
