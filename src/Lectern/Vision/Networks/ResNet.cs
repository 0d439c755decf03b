namespace Lectern.Vision;

/// <summary>
/// The convolutional part of ResNet-18, 34, 50 or 101 (He, Zhang, Ren and Sun 2016): maps C2 … C5 at strides
/// 4, 8, 16 and 32, and the stem's at stride 2 if asked for. Names of parameters and the place of the stride
/// (in the 3×3 convolution) are torchvision's.
/// </summary>
public sealed class ResNet : Backbone
{
    private readonly Conv2d conv1;
    private readonly nn.Module<Tensor, Tensor> bn1;
    private readonly Sequential[] stages;
    private readonly bool withStem;

    /// <summary>A network with random weights.</summary>
    /// <param name="depth">18, 34, 50 or 101.</param>
    /// <param name="norm">Its normalisation.</param>
    /// <param name="grouped">
    /// Whether stages are called <c>layers.0</c> … <c>layers.3</c>, as in YOLACT; otherwise <c>layer1</c> …
    /// <c>layer4</c>.
    /// </param>
    /// <param name="stageCount">How many of the four stages there are: what reads no coarser maps needs no
    /// more.</param>
    /// <param name="withStem">Whether the stem's map, before its pooling, comes first: stride 2, 64 channels.</param>
    /// <param name="padding">What 3×3 and 7×7 convolutions find beyond the border.</param>
    /// <param name="deformable">
    /// Blocks whose last 3×3 convolution is deformable; none where it is not given.
    /// </param>
    /// <exception cref="ArgumentException">Another depth, or no stage.</exception>
    public ResNet(int depth = 50, BatchNorm? norm = null, bool grouped = false, int stageCount = 4,
        bool withStem = false, PaddingModes padding = PaddingModes.Zeros, DeformableBlocks? deformable = null)
        : base($"ResNet-{depth}")
    {
        norm ??= new BatchNorm();
        Settings = new BackboneSettings(BackboneKind.ResNet)
        {
            Depth = depth, Norm = norm, Grouped = grouped, Stages = stageCount, WithStem = withStem, Padding = padding,
            Deformable = deformable,
        };
        if (stageCount is < 1 or > 4)
            throw new ArgumentException(
                $"A ResNet has 1 to 4 stages; given was {stageCount}.", nameof(stageCount));
        this.withStem = withStem;
        int[] blocks = depth switch
        {
            18 => [2, 2, 2, 2],
            34 or 50 => [3, 4, 6, 3],
            101 => [3, 4, 23, 3],
            _ => throw new ArgumentException(
            $"ResNets here are 18, 34, 50 or 101 deep; given was {depth}.", nameof(depth)),
        };
        bool bottleneck = depth >= 50;
        long inputs = 64;
        Sequential Stage(int index)
        {
            long width = 64L << index, outputs = bottleneck ? 4 * width : width;
            var stage = nn.Sequential();
            for (int block = 0; block < blocks[index]; block++)
            {
                stage.append(new ResidualBlock(
                    inputs, width, block == 0 && index > 0 ? 2 : 1, bottleneck, norm,
                    padding, deformable?.Has(index, block, blocks[index]) == true));
                inputs = outputs;
            }
            return stage;
        }
        conv1 = nn.Conv2d(3, 64, 7, 2, 3, padding_mode: padding, bias: false);
        bn1 = norm.Layer(64);
        stages = [.. Enumerable.Range(0, stageCount).Select(Stage)];
        long[] stem = withStem ? [64] : [];
        Channels = [.. stem, .. stages.Select((_, i) => (bottleneck ? 256L : 64L) << i)];
        Strides = [.. stem.Select(_ => 2), .. stages.Select((_, i) => 4 << i)];
        RegisterComponents();
        if (grouped) register_module("layers", new ModuleList<Sequential>(stages));
        else for (int i = 0; i < stageCount; i++) register_module($"layer{i + 1}", stages[i]);
        foreach (var convolution in modules().OfType<Conv2d>())
            nn.init.kaiming_normal_(convolution.weight, mode: nn.init.FanInOut.FanOut,
                nonlinearity: nn.init.NonlinearityType.ReLU);
        foreach (var layer in modules().OfType<DeformableConv2d>()) layer.Rest();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> Strides { get; }

    /// <inheritdoc/>
    public override BackboneSettings Settings { get; }

    /// <summary>Lets only the last stages learn.</summary>
    /// <param name="trainable">How many of the five parts, the stem first, from the end.</param>
    public void Freeze(int trainable)
    {
        nn.Module[][] parts = [[conv1, bn1], .. stages.Select(stage => new nn.Module[] { stage })];
        foreach (var part in parts.SkipLast(trainable).SelectMany(modules => modules))
            foreach (var parameter in part.parameters()) parameter.requires_grad = false;
    }

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var maps = new List<Tensor>();
        var h = bn1.call(conv1.call(x)).relu_();                                        // [N, 64, H/2, W/2]
        if (withStem) maps.Add(h);
        h = nn.functional.max_pool2d(h, 3, 2, 1);                                       // [N, 64, H/4, W/4]
        foreach (var stage in stages) maps.Add(h = stage.call(h));
        return [.. maps.Select(map => map.MoveToOuterDisposeScope())];
    }
}

/// <summary>
/// y = ReLU(F(x) + x), F of two 3×3 convolutions or of a bottleneck 1×1, 3×3, 1×1; x through a 1×1
/// convolution where its shape changes.
/// </summary>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly Conv2d? conv3;
    private readonly nn.Module<Tensor, Tensor> conv2, bn1, bn2;
    private readonly nn.Module<Tensor, Tensor>? bn3;
    private readonly Sequential? downsample;

    internal ResidualBlock(
        long inputs, long width, int stride, bool bottleneck, BatchNorm norm, PaddingModes padding, bool deformable)
        : base(nameof(ResidualBlock))
    {
        long outputs = bottleneck ? 4 * width : width;
        conv1 = bottleneck
            ? nn.Conv2d(inputs, width, 1, bias: false)
            : nn.Conv2d(inputs, width, 3, stride, 1, padding_mode: padding, bias: false);
        int second = bottleneck ? stride : 1;
        conv2 = deformable
            ? new DeformableConv2d(width, width, 3, second, 1)
            : nn.Conv2d(width, width, 3, second, 1, padding_mode: padding, bias: false);
        (bn1, bn2) = (norm.Layer(width), norm.Layer(width));
        if (bottleneck) (conv3, bn3) = (nn.Conv2d(width, outputs, 1, bias: false), norm.Layer(outputs));
        if (stride != 1 || inputs != outputs)
            downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias: false), norm.Layer(outputs));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = bn2.call(conv2.call(bn1.call(conv1.call(x)).relu_()));
        if (conv3 is not null) y = bn3!.call(conv3.call(y.relu_()));
        return y.add_(downsample is null ? x : downsample.call(x)).relu_().MoveToOuterDisposeScope();
    }
}
