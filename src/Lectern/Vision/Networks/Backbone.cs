namespace Lectern.Vision;

/// <summary>A network of pictures that gives maps at several strides, the finest first.</summary>
public abstract class Backbone(string name) : nn.Module<Tensor, Tensor[]>(name)
{
    /// <summary>Channels of each map.</summary>
    public abstract IReadOnlyList<long> Channels { get; }

    /// <summary>Pixels of the picture a cell of each map.</summary>
    public abstract IReadOnlyList<int> Strides { get; }

    /// <summary>How it was made; of one that is built on another, how that was.</summary>
    public abstract BackboneSettings Settings { get; }
}
