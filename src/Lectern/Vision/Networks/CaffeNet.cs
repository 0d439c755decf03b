namespace Lectern.Vision;

/// <summary>A convolution with ReLU.</summary>
/// <param name="Channels">Outputs.</param>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Stride">Its step.</param>
/// <param name="Padding">Zeros around.</param>
/// <param name="Groups">Groups of channels that do not see each other.</param>
/// <param name="Pool">Whether 3×3 max-pooling of stride 2 follows, which counts cut windows too.</param>
/// <param name="Normalise">Whether local response normalisation follows that.</param>
public sealed record CaffeLayer(long Channels, int Kernel, int Stride = 1, int Padding = 0, int Groups = 1,
    bool Pool = false, bool Normalise = false);

/// <summary>What a network is made of; defaults are CaffeNet's.</summary>
public sealed record CaffeLayout
{
    /// <summary>Side S of a crop, in pixels.</summary>
    public int Side { get; init; } = 227;

    /// <summary>Pixels of the crop on each side that are around the box.</summary>
    public int Context { get; init; } = 16;

    /// <summary>The convolutions.</summary>
    public IReadOnlyList<CaffeLayer> Layers { get; init; } =
    [
        new(96, 11, 4, Pool: true, Normalise: true), new(256, 5, 1, 2, 2, Pool: true, Normalise: true),
        new(384, 3, 1, 1), new(384, 3, 1, 1, 2), new(256, 3, 1, 1, 2, Pool: true),
    ];

    /// <summary>Widths of the linear layers; the last is D.</summary>
    public IReadOnlyList<long> Hidden { get; init; } = [4096, 4096];

    /// <summary>Dropout behind each linear layer.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Mean of blue, green and red in values from 0 to 255: ImageNet's.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [104, 117, 123];

    /// <summary>What values are multiplied by once the mean is taken off.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>A network for pictures of a hundred pixels and training from chance.</summary>
    public static CaffeLayout Small { get; } = new()
    {
        Side = 32, Context = 2, Scale = 1.0 / 64, Hidden = [64],
        Layers =
        [
            new(16, 3, 1, 1, Pool: true), new(32, 3, 1, 1, Pool: true), new(32, 3, 1, 1), new(64, 3, 1, 1, Pool: true),
        ],
    };
}

/// <summary>
/// A network of convolutions and linear layers as Krizhevsky et al. had it in 2012, and as Caffe's model calls
/// them: conv1 …, fc6, fc7. Without the classifier.
/// </summary>
public sealed class CaffeNet : nn.Module<Tensor, Tensor>
{
    private readonly CaffeLayout layout;
    private readonly Conv2d[] convolutions;
    private readonly Linear[] linear;

    /// <summary>A network with random weights (He et al. 2015) and biases of 0.</summary>
    public CaffeNet(CaffeLayout? layout = null) : base(nameof(CaffeNet))
    {
        this.layout = layout ??= new CaffeLayout();
        long channels = 3, side = layout.Side;
        convolutions = [.. layout.Layers.Select((layer, i) =>
        {
            var convolution = nn.Conv2d(
                channels, layer.Channels, layer.Kernel, layer.Stride, layer.Padding, groups: layer.Groups);
            side = (side + 2 * layer.Padding - layer.Kernel) / layer.Stride + 1;
            if (layer.Pool) side = (side - 3 + 1) / 2 + 1;              // rounded up
            channels = layer.Channels;
            register_module($"conv{i + 1}", convolution);
            return convolution;
        })];
        long inputs = channels * side * side;
        linear = [.. layout.Hidden.Select((outputs, i) =>
        {
            var layer = nn.Linear(inputs, outputs);
            inputs = outputs;
            register_module($"fc{convolutions.Length + 1 + i}", layer);
            return layer;
        })];
        foreach (var (name, parameter) in named_parameters())
            if (name.EndsWith("bias")) nn.init.zeros_(parameter);
            else nn.init.kaiming_normal_(parameter, nonlinearity: nn.init.NonlinearityType.ReLU);
    }

    /// <summary>Features of crops: [N, 3, S, S] gives [N, D].</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        foreach (var (convolution, layer) in convolutions.Zip(layout.Layers))
        {
            x = convolution.call(x).relu();
            if (layer.Pool) x = nn.functional.max_pool2d(x, 3, 2, ceil_mode: true);
            if (layer.Normalise) x = Normalised(x);
        }
        x = x.flatten(1);
        foreach (var layer in linear) x = nn.functional.dropout(layer.call(x).relu(), layout.Dropout, training);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Local response normalisation (Krizhevsky et al. 2012): x_c / (1 + α/n Σ x²)^β over n channels about c.
    /// </summary>
    internal static Tensor Normalised(Tensor x, int n = 5, double alpha = 1e-4, double beta = 0.75)
    {
        using var scope = NewDisposeScope();
        // [N, C + n - 1, H, W]
        var squares = nn.functional.pad(x.square(), [0, 0, 0, 0, n / 2, n / 2]);
        var sum = Enumerable.Range(0, n).Select(i => squares.narrow(1, i, x.shape[1])).Aggregate((a, b) => a + b);
        return (x / (sum * (alpha / n) + 1).pow(beta)).MoveToOuterDisposeScope();
    }
}
