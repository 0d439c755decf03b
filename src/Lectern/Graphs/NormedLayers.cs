using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>
/// Layers one after another, as in a <see cref="Sequential"/> and with its names, whose batch normalisations run with the
/// ReLU after them as one (<see cref="FastBatchNorm"/>).
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
            if (layers[l] is not BatchNorm1d norm) x = layers[l].call(x);
            else if (l + 1 < layers.Length && layers[l + 1] is ReLU)
            {
                x = FastBatchNorm.Apply(norm, x, Rectifier.After);
                l++;
            }
            else x = FastBatchNorm.Apply(norm, x);
        }
        return x.MoveToOuterDisposeScope();
    }
}
