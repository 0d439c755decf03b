using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Parameters that take the same step, laid out for calls that go through lists of tensors.
/// </summary>
internal sealed class Batch<TState>
    where TState : OptimizerState
{
    public Batch((Parameter Parameter, Tensor Gradient, TState State)[] entries)
    {
        Parameters = Array.ConvertAll(entries, entry => (Tensor)entry.Parameter);
        Gradients = Array.ConvertAll(entries, entry => entry.Gradient);
        States = Array.ConvertAll(entries, entry => entry.State);
    }

    public Tensor[] Parameters { get; }

    /// <summary>The gradients; replaced, never written to, where an option changes them.</summary>
    public Tensor[] Gradients { get; private set; }

    public TState[] States { get; }

    /// <summary>How many steps these parameters have seen, this one included.</summary>
    public long Step => States[0].step;

    public Tensor[] Of(Func<TState, Tensor> tensor) => Array.ConvertAll(States, state => tensor(state));

    /// <summary>g ← −g where the objective is to grow, then g ← g + decay · p.</summary>
    public void Adjust(bool maximize, double weightDecay)
    {
        if (maximize)
        {
            Gradients = Foreach.Neg(Gradients);
        }
        if (weightDecay != 0)
        {
            Gradients = Foreach.Add(Gradients, Parameters, weightDecay);
        }
    }

    /// <summary>Replaces the gradients by what is to be stepped along.</summary>
    public void Along(Tensor[] directions) => Gradients = directions;
}
