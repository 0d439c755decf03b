using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>y = x Wᵀ + b on the last axis: [..., in] -> [..., out].</summary>
/// <remarks>Weight and bias start uniform in ±1/√in, as in PyTorch.</remarks>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Linear))
    {
        weight = Start.Empty([outputSize, inputSize], device, dtype);
        nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5));
        if (hasBias) bias = Start.Bias(outputSize, weight);
    }

    internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear)) =>
        (this.weight, this.bias) = (weight, bias);

    /// <summary>[out, in].</summary>
    public Parameter weight { get => GetOwn("weight")!; set => SetOwn("weight", value); }

    /// <summary>[out], or null.</summary>
    public Parameter? bias { get => GetOwn("bias"); set => SetOwn("bias", value); }

    public long in_features => weight.shape[1];
    public long out_features => weight.shape[0];

    public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
}

/// <summary>y_k = x1ᵀ A_k x2 + b_k: [..., in1], [..., in2] -> [..., out].</summary>
public sealed class Bilinear : nn.Module<Tensor, Tensor, Tensor>
{
    internal Bilinear(long in1, long in2, long outputs, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Bilinear))
    {
        var bound = 1 / Math.Sqrt(in1);
        weight = Start.Uniform([outputs, in1, in2], bound, device, dtype);
        if (hasBias) bias = Start.Uniform([outputs], bound, device, dtype);
    }

    public long in1_features => weight.shape[1];
    public long in2_features => weight.shape[2];
    public long out_features => weight.shape[0];

    /// <summary>[out, in1, in2].</summary>
    public Parameter weight { get => GetOwn("weight")!; set => SetOwn("weight", value); }

    /// <summary>[out], or null.</summary>
    public Parameter? bias { get => GetOwn("bias"); set => SetOwn("bias", value); }

    public override Tensor forward(Tensor input1, Tensor input2) =>
        nn.functional.bilinear(input1, input2, weight, bias);
}

/// <summary>Gives its input back (as a new handle).</summary>
public sealed class Identity : ParameterLessModule<Tensor, Tensor>
{
    internal Identity() : base(nameof(Identity)) { }
    public override Tensor forward(Tensor tensor) => tensor.alias();
}
