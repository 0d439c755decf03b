using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>
/// Layers one after another, as in a <see cref="Sequential"/> and with its names; a batch normalisation takes
/// the linear layer before it and the ReLU after it along (<see cref="FastBatchNorm"/>).
/// </summary>
public sealed class NormedLayers : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor>[] layers;

    /// <param name="layers">The layers, in order.</param>
    public NormedLayers(params nn.Module<Tensor, Tensor>[] layers) : base(nameof(NormedLayers))
    {
        this.layers = layers;
        for (int l = 0; l < layers.Length; l++) register_module($"{l}", layers[l]);
    }

    /// <param name="x">What the first layer takes.</param>
    /// <returns>What the last layer gives.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        for (int l = 0; l < layers.Length; l++)
        {
            var linear = layers[l] as Linear;
            int at = linear is null ? l : l + 1;
            if (at == layers.Length || layers[at] is not BatchNorm1d norm)
            {
                x = layers[l].call(x);
                continue;
            }
            l = at + 1 < layers.Length && layers[at + 1] is ReLU ? at + 1 : at;
            var relu = l == at ? Rectifier.None : Rectifier.After;
            x = linear is null
                ? FastBatchNorm.Apply(norm, x, relu)
                : FastBatchNorm.Apply(linear, norm, x, relu);
        }
        return x.MoveToOuterDisposeScope();
    }
}
