namespace Lectern.Vision;

/// <summary>The kinds of backbone.</summary>
public enum BackboneKind
{
    /// <summary>A <see cref="ResNet"/>.</summary>
    ResNet,

    /// <summary>A <see cref="SmallBackbone"/>.</summary>
    Small,

    /// <summary>A <see cref="Vgg"/>.</summary>
    Vgg,
}

/// <summary>How a backbone was made, so that a file of weights can say which network they are of.</summary>
/// <param name="Kind">Which one it is; what another kind has is not read.</param>
public sealed record BackboneSettings(BackboneKind Kind)
{
    /// <summary>Layers of a ResNet or VGG; 3×3 convolutions a stage of a small one.</summary>
    public int Depth { get; init; }

    /// <summary>Channels of the stages of a small one.</summary>
    public IReadOnlyList<long>? Channels { get; init; }

    /// <summary>How it normalises; null where it does not.</summary>
    public BatchNorm? Norm { get; init; }

    /// <summary>Whether a ResNet's stages have YOLACT's names.</summary>
    public bool Grouped { get; init; }

    /// <summary>Stages of a ResNet.</summary>
    public int Stages { get; init; } = 4;

    /// <summary>Whether the stem's map comes first.</summary>
    public bool WithStem { get; init; }

    /// <summary>What convolutions find beyond the border.</summary>
    public PaddingModes Padding { get; init; } = PaddingModes.Zeros;

    /// <summary>Its deformable convolutions, if it has some.</summary>
    public DeformableBlocks? Deformable { get; init; }

    /// <summary>A backbone like that, with random weights.</summary>
    /// <exception cref="ArgumentException">There is no such backbone.</exception>
    public Backbone Create() => Kind switch
    {
        BackboneKind.ResNet => new ResNet(Depth, Norm, Grouped, Stages, WithStem, Padding, Deformable),
        BackboneKind.Small => new SmallBackbone(Channels, Depth, Norm, WithStem, Padding, Deformable),
        BackboneKind.Vgg => new Vgg(Depth),
        _ => throw new ArgumentException($"There is no backbone of kind {Kind}.", nameof(Kind)),
    };
}
