// YOLACT++: Bolya, Zhou, Xiao and Lee, TPAMI 44(2), 2022, arXiv:1912.06218.
// Idea      Three cheap changes to YOLACT: convolutions of the backbone that may look where the object is, in few of
//           its blocks so that it stays fast; three sizes of priors a level instead of one; and a tiny network
//           that looks at an assembled mask alone and says how well it will fit, since a class's score does not.
// Symbols   M -> assembled masks [h, w, n], cut and not yet thresholded; u -> intersection over union of a mask
// Backbone  deformable 3×3 convolutions, every third block of ResNet-101              -> DeformableResNet
// Priors    sides s 2^(j/3), j = 0, 1, 2, of true proportions                         -> YolactPlusPlusSettings
// Rescoring score of the mask = score of the class · û of that class                  -> MaskJudge
// Loss      YOLACT's, and 25 Σ smooth L1(û, u) / N over masks of more than 25 cells   -> JudgementLoss
// Training  as YOLACT; gradients of û go on into the masks, as in the authors' release.
// Differs   the judge's last bias starts at ½, not at 0; in nothing that trained weights depend on. Names of parameters
//           are the authors', and their weights load.
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>
/// Settings of a YOLACT++; defaults are those of the authors' <c>yolact_plus_resnet50</c> and
/// <c>yolact_plus_base</c>.
/// </summary>
public sealed record YolactPlusPlusSettings : YolactSettings
{
    /// <summary>Priors of three sizes a level, of true proportions: nine a cell.</summary>
    public YolactPlusPlusSettings()
    {
        Sizes = [.. new YolactSettings().Sizes.Select(sizes => ThreeOf(sizes[0]))];
        Square = false;
    }

    /// <summary>Whether masks are rescored.</summary>
    public bool Rescoring { get; init; } = true;

    /// <summary>Channels of the rescoring network's convolutions, each of stride 2.</summary>
    public IReadOnlyList<long> RescoringLayers { get; init; } = [8, 16, 32, 64, 128];

    /// <summary>What its loss weighs.</summary>
    public double RescoringWeight { get; init; } = 25;

    /// <summary>It learns from masks whose object has more cells of the prototypes than this.</summary>
    public int LeastCells { get; init; } = 25;

    /// <summary>Sides of the priors of a level: s, s ∛2 and s ∛4.</summary>
    /// <param name="side">s, in pixels.</param>
    public static IReadOnlyList<double> ThreeOf(double side) => [side, side * Math.Cbrt(2), side * Math.Cbrt(4)];
}

/// <summary>
/// YOLACT++ on a backbone that gives maps at strides 4 to 32, of which the last three are read.
/// </summary>
public sealed class YolactPlusPlus : Yolact
{
    private readonly MaskJudge? maskiou_net;

    /// <summary>A network with random weights.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="backbone">
    /// The backbone, which belongs to the network then; the paper's ResNet-50 where none is given.
    /// </param>
    public YolactPlusPlus(YolactPlusPlusSettings? settings = null, Backbone? backbone = null)
        : base(
            nameof(YolactPlusPlus), settings ??= new YolactPlusPlusSettings(), backbone ?? DeformableResNet())
    {
        if (!settings.Rescoring) return;
        maskiou_net = new MaskJudge(settings);
        Start(maskiou_net);
        maskiou_net.SayHalf();
        // YOLACT's constructor has registered what there was by then.
        register_module(nameof(maskiou_net), maskiou_net);
    }

    /// <summary>
    /// The paper's backbone: convolutions of stages C3 to C5 are deformable, all of them in ResNet-50, every
    /// third block's in ResNet-101.
    /// </summary>
    /// <param name="depth">50 or 101.</param>
    /// <param name="norm">Its normalisation.</param>
    /// <exception cref="ArgumentException">Another depth.</exception>
    public static ResNet DeformableResNet(int depth = 50, Vision.BatchNorm? norm = null) =>
        new(depth, norm, grouped: true, deformable: depth switch
        {
            50 => new DeformableBlocks([0, 4, 6, 3]),
            101 => new DeformableBlocks([0, 4, 23, 3], 3),
            _ => throw new ArgumentException(
                $"The paper has ResNet-50 and ResNet-101; given was {depth}.", nameof(depth)),
        });

    private protected override Tensor? Judge(Tensor masks, Tensor labels) => maskiou_net?.Of(masks, labels);

    private protected override Tensor? JudgementLoss(Tensor masks, Tensor truth, Tensor labels) =>
        maskiou_net?.Loss(masks, truth, labels);
}

/// <summary>The fast mask rescoring network: a mask's intersection over union with its object, of each class.</summary>
internal sealed class MaskJudge : nn.Module<Tensor, Tensor>
{
    private readonly YolactPlusPlusSettings settings;
    private readonly Sequential maskiou_net;

    internal MaskJudge(YolactPlusPlusSettings settings) : base(nameof(MaskJudge))
    {
        this.settings = settings;
        var layers = new List<nn.Module<Tensor, Tensor>>();
        long inputs = 1;
        foreach (long outputs in settings.RescoringLayers)
        {
            layers.AddRange([nn.Conv2d(inputs, outputs, 3, 2), nn.ReLU(true)]);
            inputs = outputs;
        }
        layers.AddRange([nn.Conv2d(inputs, settings.Classes, 1), nn.ReLU(true)]);
        maskiou_net = nn.Sequential(layers);
        RegisterComponents();
    }

    /// <summary>Every class's fit starts near ½: at 0, half of the last ReLUs would give nothing and learn nothing.</summary>
    internal void SayHalf()
    {
        using var none = no_grad();
        nn.init.constant_(maskiou_net.modules().OfType<Conv2d>().Last().bias!, 0.5);
    }

    /// <summary>Of each mask and class.</summary>
    /// <param name="masks">[n, 1, h, w].</param>
    /// <returns>û, not negative: [n, classes].</returns>
    public override Tensor forward(Tensor masks)
    {
        // A 3×3 convolution of stride 2 without padding makes (side - 1) / 2 of a side.
        long least = (2L << settings.RescoringLayers.Count) - 1;
        if (Math.Min(masks.shape[2], masks.shape[3]) < least)
            throw new ArgumentException(
                $"{settings.RescoringLayers.Count} layers that rescore want masks of {least} cells a side or more; "
                + $"given were {masks.shape[2]}×{masks.shape[3]}. Take fewer RescoringLayers or a larger Side.",
                nameof(masks));
        using var scope = NewDisposeScope();
        return maskiou_net.call(masks).amax([2L, 3L]).MoveToOuterDisposeScope();    // [n, classes, ·, ·]
    }

    /// <summary>Of the masks' own classes.</summary>
    /// <param name="masks">[h, w, n].</param>
    /// <param name="labels">From 0 on: [n].</param>
    /// <returns>[n].</returns>
    internal Tensor Of(Tensor masks, Tensor labels)
    {
        if (labels.shape[0] == 0) return zeros([0], masks.dtype, masks.device);
        using var scope = NewDisposeScope();
        return call(masks.permute(2, 0, 1).unsqueeze(1)).gather(1, labels.unsqueeze(1)).squeeze(1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The loss of some masks, weighed and summed; null where all are too small to learn from.</summary>
    internal Tensor? Loss(Tensor masks, Tensor truth, Tensor labels)                // [h, w, n] twice, [n]
    {
        using var scope = NewDisposeScope();
        var chosen = (truth.sum([0L, 1L]) > settings.LeastCells).nonzero().squeeze(1);
        if (chosen.shape[0] == 0) return null;
        (masks, truth) = (masks.index_select(2, chosen), truth.index_select(2, chosen));
        var fit = Overlap(masks, truth);
        return (nn.functional.smooth_l1_loss(
            Of(masks, labels.index_select(0, chosen)), fit, nn.Reduction.Sum) * settings.RescoringWeight)
            .MoveToOuterDisposeScope();
    }

    /// <summary>u: intersection over union of masks above ½ with their objects, [n].</summary>
    internal static Tensor Overlap(Tensor masks, Tensor truth)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var inside = (masks > 0.5).to(truth.dtype);
        var both = (inside * truth).sum([0L, 1L]);
        return (both / (inside.sum([0L, 1L]) + truth.sum([0L, 1L]) - both)).MoveToOuterDisposeScope();
    }
}
