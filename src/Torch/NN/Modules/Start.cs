using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// How the kit's modules make their parameters: PyTorch's values for the same seed and order of calls.
/// </summary>
internal static class Start
{
    public static Parameter Empty(long[] shape, Device? device, ScalarType? dtype) =>
        new(empty(shape, dtype: dtype, device: device));

    public static Parameter Filled(long[] shape, double value, Device? device, ScalarType? dtype)
    {
        var parameter = Empty(shape, device, dtype);
        nn.init.constant_(parameter, value);
        return parameter;
    }

    public static Parameter Uniform(long[] shape, double bound, Device? device, ScalarType? dtype)
    {
        var parameter = Empty(shape, device, dtype);
        nn.init.uniform_(parameter, -bound, bound);
        return parameter;
    }

    /// <summary>A bias in ±1/√fan-in of its weight.</summary>
    public static Parameter Bias(long size, Tensor weight)
    {
        var (fanIn, _) = nn.init.CalculateFanInAndFanOut(weight);
        return Uniform([size], fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0, weight.device, weight.dtype);
    }
}
