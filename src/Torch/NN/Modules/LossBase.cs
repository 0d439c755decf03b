using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp;

/// <summary>A loss of two inputs, by custom (prediction, target).</summary>
public abstract class Loss<T1, T2, TResult>(Reduction reduction) : Module<T1, T2, TResult>(nameof(Loss<,,>))
{
    /// <summary>Whether the losses are averaged, summed or given one by one.</summary>
    public Reduction reduction { get; } = reduction;
    public override string GetName() => GetType().Name;
}

/// <summary>A loss of three inputs.</summary>
public abstract class Loss<T1, T2, T3, TResult>(Reduction reduction)
    : Module<T1, T2, T3, TResult>(nameof(Loss<,,,>))
{
    /// <summary>Whether the losses are averaged, summed or given one by one.</summary>
    public Reduction reduction { get; } = reduction;
    public override string GetName() => GetType().Name;
}

/// <summary>A loss of four inputs.</summary>
public abstract class Loss<T1, T2, T3, T4, TResult>(Reduction reduction)
    : Module<T1, T2, T3, T4, TResult>(nameof(Loss<,,,,>))
{
    /// <summary>Whether the losses are averaged, summed or given one by one.</summary>
    public Reduction reduction { get; } = reduction;
    public override string GetName() => GetType().Name;
}

/// <summary>A loss with a weight per class or element.</summary>
/// <remarks>
/// The weight stays the caller's, unless the loss is a field of a module: then it is that module's buffer and
/// moves with it.
/// </remarks>
public abstract class WeightedLoss<T1, T2, TResult> : Loss<T1, T2, TResult>
{
    [ComponentName(Name = nameof(weight))]
    private readonly Tensor? _weight;

    private protected WeightedLoss(Tensor? weight, Reduction reduction) : base(reduction) => _weight = weight;

    /// <summary>The weight, or null.</summary>
    public Tensor? weight => _weight;
}
