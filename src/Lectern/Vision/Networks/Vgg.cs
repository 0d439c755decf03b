namespace Lectern.Vision;

/// <summary>
/// The convolutional part of VGG-A or VGG-16 (Simonyan and Zisserman 2015): the maps before the third, fourth
/// and fifth pooling, at strides 4, 8 and 16. Names of parameters are torchvision's.
/// </summary>
public sealed class Vgg : Backbone
{
    private readonly Sequential features;

    /// <summary>A network with random weights.</summary>
    /// <param name="depth">11 for VGG-A, or 16: layers, of which the last three are not here.</param>
    /// <exception cref="ArgumentException">Another depth.</exception>
    public Vgg(int depth = 16) : base($"VGG-{depth}")
    {
        int[] convolutions = depth switch
        {
            11 => [1, 1, 2, 2, 2],
            16 => [2, 2, 3, 3, 3],
            _ => throw new ArgumentException(
                $"VGGs here are 11 or 16 deep; given was {depth}.", nameof(depth)),
        };
        Settings = new BackboneSettings(BackboneKind.Vgg) { Depth = depth };
        long inputs = 3;
        features = nn.Sequential();
        for (int stage = 0; stage < 5; stage++)
        {
            if (stage > 0) features.append(nn.MaxPool2d(2));
            for (int i = 0; i < convolutions[stage]; i++)
            {
                long outputs = Math.Min(64L << stage, 512);
                var convolution = nn.Conv2d(inputs, outputs, 3, padding: 1);
                nn.init.kaiming_normal_(convolution.weight, mode: nn.init.FanInOut.FanOut,
                    nonlinearity: nn.init.NonlinearityType.ReLU);
                nn.init.zeros_(convolution.bias!);
                features.append(convolution);
                features.append(nn.ReLU(inplace: true));
                inputs = outputs;
            }
        }
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels => [256, 512, 512];

    /// <inheritdoc/>
    public override IReadOnlyList<int> Strides => [4, 8, 16];

    /// <inheritdoc/>
    public override BackboneSettings Settings { get; }

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var maps = new List<Tensor>();
        var h = x;
        foreach (var layer in features.children().Cast<nn.Module<Tensor, Tensor>>())
        {
            if (layer is MaxPool2d) maps.Add(h);
            h = layer.call(h);
        }
        maps.Add(h);
        return [.. maps.Skip(2).Select(map => map.MoveToOuterDisposeScope())];
    }
}
