namespace Lectern.Vision;

/// <summary>
/// A small backbone for pictures of a hundred pixels and training from scratch: a stem that halves the
/// picture, then stages of convolutions, the first of each halving it again. Maps at strides 4, 8, 16, …, and
/// the stem's at stride 2 if asked for.
/// </summary>
public sealed class SmallBackbone : Backbone
{
    private readonly Sequential stem;
    private readonly ModuleList<Sequential> stages;
    private readonly bool withStem;

    /// <summary>A network with random weights.</summary>
    /// <param name="channels">Channels of each stage; the stem has the first's.</param>
    /// <param name="depth">3×3 convolutions a stage.</param>
    /// <param name="norm">Its normalisation.</param>
    /// <param name="withStem">Whether the stem's map comes first.</param>
    /// <param name="padding">What convolutions find beyond the border.</param>
    /// <param name="deformable">Convolutions that are deformable; none where it is not given.</param>
    public SmallBackbone(IReadOnlyList<long>? channels = null, int depth = 2, BatchNorm? norm = null,
        bool withStem = false, PaddingModes padding = PaddingModes.Zeros, DeformableBlocks? deformable = null)
        : base(nameof(SmallBackbone))
    {
        channels ??= [24, 32, 48, 64];
        norm ??= new BatchNorm();
        Settings = new BackboneSettings(BackboneKind.Small)
        {
            Depth = depth, Channels = channels, Norm = norm, WithStem = withStem, Padding = padding,
            Deformable = deformable,
        };
        this.withStem = withStem;
        Channels = withStem ? [channels[0], .. channels] : channels;
        Strides = [.. Channels.Select((_, map) => (withStem ? 2 : 4) << map)];
        stem = Convolve(3, channels[0], 2, false);
        stages = new ModuleList<Sequential>([.. channels.Select((outputs, stage) =>
        {
            long inputs = stage == 0 ? channels[0] : channels[stage - 1];
            return nn.Sequential(Enumerable.Range(0, depth).Select(i =>
                (nn.Module<Tensor, Tensor>)Convolve(
                    i == 0 ? inputs : outputs, outputs, i == 0 ? 2 : 1,
                    deformable?.Has(stage, i, depth) == true)));
        })]);
        RegisterComponents();

        Sequential Convolve(long inputs, long outputs, int stride, bool deforms) => nn.Sequential(
            deforms
                ? new DeformableConv2d(inputs, outputs, 3, stride, 1)
                : nn.Conv2d(inputs, outputs, 3, stride, 1, padding_mode: padding, bias: false),
            norm.Layer(outputs), nn.ReLU(inplace: true));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> Strides { get; }

    /// <inheritdoc/>
    public override BackboneSettings Settings { get; }

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var maps = new List<Tensor>();
        var h = stem.call(x);
        if (withStem) maps.Add(h);
        foreach (var stage in stages) maps.Add(h = stage.call(h));
        return [.. maps.Select(map => map.MoveToOuterDisposeScope())];
    }
}
