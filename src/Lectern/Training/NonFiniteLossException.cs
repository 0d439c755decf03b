namespace Lectern.Training;

/// <summary>A loss became infinite or not a number, so training stopped before it spoilt the weights.</summary>
public sealed class NonFiniteLossException(double loss, int epoch, int step) : Exception(
    $"The loss is {loss} in epoch {epoch + 1}, step {step + 1}, so training stopped; the model holds the best weights so far. "
    + "A smaller learning rate, scaled features or clipped gradients are the usual remedies.")
{
    /// <summary>The epoch, from 0.</summary>
    public int Epoch => epoch;

    /// <summary>The step in that epoch, from 0.</summary>
    public int Step => step;
}
