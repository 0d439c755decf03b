// PANet: Liu, Qi, Qin, Shi and Jia, CVPR 2018, arXiv:1803.01534.
// Idea      What a proposal needs is not on one level alone: large objects want the fine levels' edges, small ones the
//           coarse levels' context. A second path carries the fine levels up again, every region is read from
//           all levels, and a fully connected layer, which sees where in the region a cell is, helps the mask.
// Symbols   P_i -> levels of the pyramid; N_i -> levels of the path; R regions; L levels that are read; σ ReLU
// Path      N_2 = P_2;  N_{i+1} = σ(conv(σ(conv_stride2(N_i)) + P_{i+1}))             -> PathBackbone.Augment
// Pooling   one layer a level with its own weights, then the levels' maximum          -> LevelFusion
// Fusion    mask logits = of each class + of one fully connected layer for all        -> PathMaskHead
// Head      four convolutions and a linear layer in place of two linear layers        -> HeavyBoxHead
// Training  the losses, sampling and coding of Mask R-CNN                             -> MaskRcnn.Losses
// Differs   Where the paper normalises over the batches of many machines, the new convolutions have their groups
//           normalised, as the authors' release does; Groups = 0 is the formula as it is written. What comes from
//           Mask R-CNN, the pyramid and the predictors, is torchvision's with its names; the other names are the
//           release's. That has one ReLU more, behind the fully connected layer, with which the layer could not
//           speak against a pixel; the paper speaks of none.
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>How the readings of all levels become one (section 3.2 and table 4 of the paper).</summary>
public enum LevelFusing
{
    /// <summary>The largest value of each cell, the paper's choice.</summary>
    Max,

    /// <summary>The sum.</summary>
    Sum,
}

/// <summary>
/// Settings of a PANet: those of Mask R-CNN, and each part of the paper with a switch. With all parts off it is
/// Mask R-CNN, names of parameters included.
/// </summary>
public sealed record PaNetSettings : MaskRcnnSettings
{
    /// <summary>Whether there is the path from fine levels up to coarse ones (section 3.1).</summary>
    public bool BottomUp { get; init; } = true;

    /// <summary>Whether regions are read from every level (section 3.2).</summary>
    public bool AdaptivePooling { get; init; } = true;

    /// <summary>How these readings become one.</summary>
    public LevelFusing Fusing { get; init; } = LevelFusing.Max;

    /// <summary>Whether a fully connected layer has a say in masks (section 3.3).</summary>
    public bool FullyConnected { get; init; } = true;

    /// <summary>
    /// Whether class and box get four convolutions and a linear layer in place of two linear layers.
    /// </summary>
    public bool HeavyHead { get; init; } = true;

    /// <summary>
    /// Groups of channels that are normalised behind each new convolution, a divisor of every width; 0 for no
    /// normalisation.
    /// </summary>
    public int Groups { get; init; } = 32;
}

/// <summary>PANet on a backbone that gives maps at several strides.</summary>
public sealed class PaNet : MaskRcnn
{
    /// <summary>A network with random weights.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="body">
    /// The backbone, which belongs to the network then; ResNet-50 where none is given.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There are fewer than two layers before the mask, or a width is no multiple of the groups.
    /// </exception>
    public PaNet(PaNetSettings? settings = null, Backbone? body = null)
        : base(nameof(PaNet), settings ??= new PaNetSettings(),
            settings.BottomUp
                ? new PathBackbone(body ??= new ResNet(), settings.Width, settings.Groups)
                : new PyramidBackbone(body ??= new ResNet(), settings.Width),
            Branches(settings, settings.AdaptivePooling ? body.Strides.Count : 1))
    {
    }

    private static RegionBranches Branches(PaNetSettings settings, int levels) => new(
        settings.AdaptivePooling,
        settings.HeavyHead ? new HeavyBoxHead(settings, levels)
            : settings.AdaptivePooling ? new LinearBoxHead(settings, levels)
            : new BoxHead(settings),
        settings.AdaptivePooling || settings.FullyConnected
            ? new PathMaskHead(settings, levels)
            : new MaskHead(settings));

    /// <summary>The path on levels that are given: N_2 … N_5 and one coarser, of P_2 … P_5 and one coarser.</summary>
    /// <param name="pyramid">[N, C, H_l, W_l], the finest first, each half as fine as the one before.</param>
    /// <returns>The same shapes, owned by the caller's scope.</returns>
    /// <exception cref="InvalidOperationException">The network has no path.</exception>
    public Tensor[] Augment(IReadOnlyList<Tensor> pyramid)
    {
        if (Levels is not PathBackbone path)
            throw new InvalidOperationException("A network without a path carries nothing up. Set BottomUp.");
        using var scope = NewDisposeScope();
        return [.. path.Augment([.. pyramid]).Select(level => level.MoveToOuterDisposeScope())];
    }

    /// <summary>
    /// The two parts of which mask logits are the sum (section 3.3 of the paper). The network is to be in
    /// evaluation mode.
    /// </summary>
    /// <param name="picture">RGB from 0 to 1: [3, H, W].</param>
    /// <param name="boxes">xyxy in pixels of the picture: [R, 4].</param>
    /// <returns>
    /// The convolutions' mask of each class [R, K, m, m], and the one that the fully connected layer adds to all
    /// of them [R, 1, m, m].
    /// </returns>
    /// <exception cref="InvalidOperationException">The network has no such layer.</exception>
    public (Tensor OfClasses, Tensor Shared) MaskParts(Tensor picture, Tensor boxes)
    {
        if (!((PaNetSettings)Settings).FullyConnected)
            throw new InvalidOperationException(
                "A network without fully connected fusion has one part only. Set FullyConnected.");
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (levels, scaled) = Prepared(picture, boxes);
        var (ofClasses, shared) = Heads.SegmentApart(levels, [scaled]);
        return (ofClasses.MoveToOuterDisposeScope(), shared!.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Of how many features of a region each level has the largest value: what adaptive pooling takes from
    /// where (figure 3 of the paper). The network is to be in evaluation mode.
    /// </summary>
    /// <param name="picture">RGB from 0 to 1: [3, H, W].</param>
    /// <param name="boxes">xyxy in pixels of the picture: [R, 4].</param>
    /// <returns>
    /// Shares of the levels, the finest first: [R, L]. A row's sum is 1; cells where no level's value is above 0
    /// are not counted, and a row of nothing else is 0.
    /// </returns>
    /// <exception cref="InvalidOperationException">The network reads one level only.</exception>
    public Tensor LevelShares(Tensor picture, Tensor boxes)
    {
        if (Heads.Box is not IFusesLevels branch || !((PaNetSettings)Settings).AdaptivePooling)
            throw new InvalidOperationException(
                "A network without adaptive pooling reads one level only. Set AdaptivePooling.");
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (levels, scaled) = Prepared(picture, boxes);
        var pooled = Heads.Read(levels, [scaled], Settings.BoxBins);
        var values = stack(branch.Each(pooled), 0).flatten(2);                              // [L, R, features]
        var (best, level) = values.max(0);
        var said = best > 0;
        var shares = Enumerable.Range(0, pooled.Length).Select(l =>
            (level == l).logical_and(said).sum(1).to(values.dtype) / said.sum(1).clamp(min: 1));
        return stack([.. shares], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Levels of a picture, and boxes in the pixels that they are of.</summary>
    private (Tensor[] Levels, Tensor Boxes) Prepared(Tensor picture, Tensor boxes)
    {
        var batch = Settings.Pictures.Batch([picture]);
        return (Levels.call(batch.Pictures),
            PictureBatch.Scale(boxes.to(picture.dtype), batch.Originals[0], batch.Sizes[0]));
    }
}

/// <summary>A pyramid with a path up again on it. Names of the path's parameters are the authors'.</summary>
internal sealed class PathBackbone : PyramidBackbone
{
    private readonly ModuleList<Sequential> panet_buttomup_conv1_modules, panet_buttomup_conv2_modules;

    internal PathBackbone(Backbone body, long width, int groups) : base(body, width)
    {
        ModuleList<Sequential> Steps(int stride) => new([.. body.Strides.Skip(1).Select(_ =>
            PathLayers.Convolve(width, width, groups, stride, bias: true))]);
        (panet_buttomup_conv1_modules, panet_buttomup_conv2_modules) = (Steps(2), Steps(1));
        foreach (var convolution in panet_buttomup_conv1_modules.Concat(panet_buttomup_conv2_modules)
            .Select(step => (Conv2d)step[0]))
            nn.init.kaiming_uniform_(convolution.weight, a: 1);
        // The pyramid's constructor has registered what there was by then.
        register_module(nameof(panet_buttomup_conv1_modules), panet_buttomup_conv1_modules);
        register_module(nameof(panet_buttomup_conv2_modules), panet_buttomup_conv2_modules);
    }

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return [.. Augment(base.forward(x)).Select(level => level.MoveToOuterDisposeScope())];
    }

    /// <summary>N_2 … N_5 and one coarser, of P_2 … P_5 and one coarser: the same shapes.</summary>
    internal Tensor[] Augment(Tensor[] pyramid)
    {
        var path = new List<Tensor> { pyramid[0] };
        for (int i = 1; i < pyramid.Length - 1; i++)
        {
            var carried = panet_buttomup_conv1_modules[i - 1].call(path[^1]);       // [N, C, ⌈H/2⌉, ⌈W/2⌉]
            path.Add(panet_buttomup_conv2_modules[i - 1].call(carried + pyramid[i]));
        }
        path.Add(nn.functional.max_pool2d(path[^1], 1, 2));
        return [.. path];
    }
}

/// <summary>What the parts of PANet are made of.</summary>
internal static class PathLayers
{
    /// <summary>
    /// A 3×3 convolution, the normalisation of groups of its outputs where there is one, and a ReLU.
    /// </summary>
    internal static nn.Module<Tensor, Tensor>[] Layers(
        long inputs, long outputs, int groups, int stride = 1, bool bias = false)
    {
        var convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias: bias || groups == 0);
        MaskPredictor.Start(convolution.weight);
        if (convolution.bias is not null) nn.init.zeros_(convolution.bias);
        if (groups == 0) return [convolution, nn.ReLU(inplace: true)];
        if (outputs % groups != 0)
            throw new ArgumentException(
                $"{outputs} channels make no {groups} groups. Set Groups to a divisor of every width, or to 0.",
                nameof(groups));
        return [convolution, nn.GroupNorm(groups, outputs), nn.ReLU(inplace: true)];
    }

    /// <inheritdoc cref="Layers"/>
    internal static Sequential Convolve(long inputs, long outputs, int groups, int stride = 1, bool bias = false) =>
        nn.Sequential(Layers(inputs, outputs, groups, stride, bias));

    /// <summary>A linear layer with Xavier's weights.</summary>
    internal static Linear Connect(long inputs, long outputs)
    {
        var linear = nn.Linear(inputs, outputs);
        nn.init.kaiming_uniform_(linear.weight, a: 1);
        nn.init.zeros_(linear.bias!);
        return linear;
    }
}

/// <summary>
/// The first layer of a branch, one a level with weights of its own, and their fusion: what is compared between
/// levels is what the layer has made of them, not the maps themselves.
/// </summary>
public sealed class LevelFusion : nn.Module<Tensor[], Tensor>
{
    private readonly Sequential[] layers;
    private readonly LevelFusing fusing;

    /// <summary>Layers of its own for each level.</summary>
    /// <param name="levels">L.</param>
    /// <param name="fusing">How they become one.</param>
    /// <param name="layer">Makes one of the layers, which belong to the fusion then.</param>
    public LevelFusion(int levels, LevelFusing fusing, Func<Sequential> layer) : base(nameof(LevelFusion))
    {
        ArgumentNullException.ThrowIfNull(layer);
        this.fusing = fusing;
        layers = [.. Enumerable.Range(0, levels).Select(_ => layer())];
        for (int level = 0; level < levels; level++) register_module($"{level}", layers[level]);
    }

    /// <summary>Each level by its own layer.</summary>
    internal Tensor[] Each(Tensor[] pooled) => [.. layers.Select((layer, level) => layer.call(pooled[level]))];

    /// <summary>What the layers make of each level's readings, fused.</summary>
    /// <param name="pooled">As many readings as there are levels, as the layers take them.</param>
    /// <returns>As one layer alone gives it, owned by the caller's scope.</returns>
    public override Tensor forward(Tensor[] pooled)
    {
        using var scope = NewDisposeScope();
        return Each(pooled).Aggregate((a, b) => fusing == LevelFusing.Max ? a.maximum(b) : a + b)
            .MoveToOuterDisposeScope();
    }
}

/// <summary>A branch whose first layer fuses levels.</summary>
internal interface IFusesLevels
{
    /// <summary>What it makes of each level's readings, before they become one.</summary>
    Tensor[] Each(Tensor[] pooled);
}

/// <summary>Four convolutions, the first one a level, and a linear layer.</summary>
internal sealed class HeavyBoxHead : nn.Module<Tensor[], Tensor>, IFusesLevels
{
    private readonly LevelFusion conv1_head;
    private readonly Sequential convs;
    private readonly Linear fc;

    internal HeavyBoxHead(PaNetSettings settings, int levels) : base(nameof(HeavyBoxHead))
    {
        nn.Module<Tensor, Tensor>[] Layers() => PathLayers.Layers(settings.Width, settings.Width, settings.Groups);
        conv1_head = new LevelFusion(levels, settings.Fusing, () => nn.Sequential(Layers()));
        convs = nn.Sequential([.. Layers(), .. Layers(), .. Layers()]);
        fc = PathLayers.Connect(settings.Width * settings.BoxBins * settings.BoxBins, settings.Hidden);
        RegisterComponents();
    }

    public Tensor[] Each(Tensor[] pooled) => conv1_head.Each(pooled);

    public override Tensor forward(Tensor[] pooled)                                 // [R, C, P, P]
    {
        using var scope = NewDisposeScope();
        var h = convs.call(conv1_head.call(pooled));
        return fc.call(h.flatten(1)).relu_().MoveToOuterDisposeScope();             // [R, hidden]
    }
}

/// <summary>Mask R-CNN's two linear layers, the first one a level.</summary>
internal sealed class LinearBoxHead : nn.Module<Tensor[], Tensor>, IFusesLevels
{
    private readonly LevelFusion fc1;
    private readonly Linear fc2;

    internal LinearBoxHead(PaNetSettings settings, int levels) : base(nameof(LinearBoxHead))
    {
        fc1 = new LevelFusion(levels, settings.Fusing, () => nn.Sequential(
            PathLayers.Connect(settings.Width * settings.BoxBins * settings.BoxBins, settings.Hidden),
            nn.ReLU(inplace: true)));
        fc2 = PathLayers.Connect(settings.Hidden, settings.Hidden);
        RegisterComponents();
    }

    public Tensor[] Each(Tensor[] pooled) => fc1.Each(Flat(pooled));

    private static Tensor[] Flat(Tensor[] pooled) => [.. pooled.Select(reading => reading.flatten(1))];

    public override Tensor forward(Tensor[] pooled)                                 // [R, C, P, P]
    {
        using var scope = NewDisposeScope();
        return fc2.call(fc1.call(Flat(pooled))).relu_().MoveToOuterDisposeScope();  // [R, hidden]
    }
}

/// <summary>
/// The mask's convolutions, the first one a level, and beside the last one the way to a fully connected layer: it
/// starts at the last but one, halves the channels, and answers with one mask of the object against the ground
/// that all classes share.
/// </summary>
internal sealed class PathMaskHead : nn.Module<Tensor[], (Tensor Map, Tensor? Shared)>
{
    private readonly int side;
    private readonly LevelFusion mask_conv1;
    private readonly Sequential conv_fcn, mask_conv4;
    private readonly Sequential? mask_conv4_fc, mask_conv5_fc;
    private readonly Linear? mask_fc;

    internal PathMaskHead(PaNetSettings settings, int levels) : base(nameof(PathMaskHead))
    {
        var widths = settings.MaskLayers;
        if (widths.Count < 2)
            throw new ArgumentException(
                $"PANet's mask has two convolutions or more; MaskLayers has {widths.Count}.", nameof(settings));
        Sequential Convolve(long inputs, long outputs) => PathLayers.Convolve(inputs, outputs, settings.Groups);
        side = 2 * settings.MaskBins;
        mask_conv1 = new LevelFusion(levels, settings.Fusing, () => Convolve(settings.Width, widths[0]));
        conv_fcn = nn.Sequential(Enumerable.Range(1, widths.Count - 2)
            .SelectMany(i => PathLayers.Layers(widths[i - 1], widths[i], settings.Groups)));
        long middle = widths[^2], last = widths[^1];
        mask_conv4 = Convolve(middle, last);
        if (settings.FullyConnected)
        {
            (mask_conv4_fc, mask_conv5_fc) = (Convolve(middle, last), Convolve(last, last / 2));
            mask_fc = nn.Linear(last / 2 * settings.MaskBins * settings.MaskBins, side * side);
            nn.init.normal_(mask_fc.weight, std: 0.01);
            nn.init.zeros_(mask_fc.bias!);
        }
        RegisterComponents();
    }

    public override (Tensor, Tensor?) forward(Tensor[] pooled)                      // [R, C, 14, 14]
    {
        using var scope = NewDisposeScope();
        var h = conv_fcn.call(mask_conv1.call(pooled));
        var shared = mask_fc?.call(mask_conv5_fc!.call(mask_conv4_fc!.call(h)).flatten(1))
            .view(-1, 1, side, side);                                               // [R, 1, 28, 28]
        return (mask_conv4.call(h).MoveToOuterDisposeScope(), shared?.MoveToOuterDisposeScope());
    }
}
