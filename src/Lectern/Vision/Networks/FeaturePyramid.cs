namespace Lectern.Vision;

/// <summary>
/// Feature pyramid network (Lin et al. 2017): each map of a backbone through a 1×1 convolution, the next
/// coarser result added to it (nearest neighbours, to its size), then a 3×3 convolution; one level more by
/// taking every other cell of the coarsest. Names of parameters are torchvision's: <c>inner_blocks.i.0</c>,
/// <c>layer_blocks.i.0</c>.
/// </summary>
public sealed class FeaturePyramid : nn.Module<Tensor[], Tensor[]>
{
    private readonly ModuleList<Sequential> inner_blocks, layer_blocks;

    /// <summary>A pyramid with random weights.</summary>
    /// <param name="channels">Channels of the backbone's maps, the finest first.</param>
    /// <param name="width">Channels of every level.</param>
    public FeaturePyramid(IReadOnlyList<long> channels, long width = 256) : base(nameof(FeaturePyramid))
    {
        inner_blocks = new ModuleList<Sequential>(
            [.. channels.Select(inputs => Convolution(inputs, width, 1))]);
        layer_blocks = new ModuleList<Sequential>([.. channels.Select(_ => Convolution(width, width, 3))]);
        RegisterComponents();
    }

    private static Sequential Convolution(long inputs, long outputs, int size)
    {
        var convolution = nn.Conv2d(inputs, outputs, size, padding: size / 2);
        nn.init.kaiming_uniform_(convolution.weight, a: 1);
        nn.init.zeros_(convolution.bias!);
        return nn.Sequential(convolution);
    }

    /// <summary>Levels P2, P3, …, and one coarser than the backbone's last.</summary>
    /// <param name="maps">[N, C_i, H_i, W_i], the finest first.</param>
    /// <returns>One level more than there are maps: [N, width, H_i, W_i].</returns>
    public override Tensor[] forward(Tensor[] maps)
    {
        using var scope = NewDisposeScope();
        var levels = new Tensor[maps.Length + 1];
        Tensor? above = null;
        for (int i = maps.Length - 1; i >= 0; i--)
        {
            var lateral = inner_blocks[i].call(maps[i]);  // [N, width, H_i, W_i]
            above = above is null
                ? lateral
                : lateral.add_(nn.functional.interpolate(above, [lateral.shape[2], lateral.shape[3]]));
            levels[i] = layer_blocks[i].call(above);
        }
        levels[^1] = nn.functional.max_pool2d(levels[^2], 1, 2);
        foreach (var level in levels) level.MoveToOuterDisposeScope();
        return levels;
    }
}

/// <summary>
/// A backbone with a pyramid on it, as torchvision names the two: <c>body</c> and <c>fpn</c>.
/// </summary>
public class PyramidBackbone : Backbone
{
    private readonly Backbone body;
    private readonly FeaturePyramid fpn;

    /// <summary>Puts a pyramid on a backbone.</summary>
    /// <param name="body">The backbone; it belongs to this module then.</param>
    /// <param name="width">Channels of every level.</param>
    public PyramidBackbone(Backbone body, long width = 256) : base(nameof(PyramidBackbone))
    {
        this.body = body;
        fpn = new FeaturePyramid(body.Channels, width);
        Strides = [.. body.Strides, 2 * body.Strides[^1]];
        Channels = [.. Strides.Select(_ => width)];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> Strides { get; }

    /// <inheritdoc/>
    public override BackboneSettings Settings => body.Settings;

    /// <summary>The backbone below.</summary>
    public Backbone Body => body;

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var levels = fpn.call(body.call(x));
        foreach (var level in levels) level.MoveToOuterDisposeScope();
        return levels;
    }
}
