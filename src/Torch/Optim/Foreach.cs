using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Arithmetic on lists of tensors, one operator call a list: on CUDA one kernel for many parameters, on a CPU
/// at least one call. All lists of a call have the same length; an empty list is answered with nothing.
/// </summary>
internal static class Foreach
{
    /// <summary>self ← self + alpha · other.</summary>
    public static void Add_(Tensor[] self, Tensor[] other, double alpha = 1) =>
        Run(self, "_foreach_add_.List", self, other, alpha);

    /// <summary>self ← self + value.</summary>
    public static void Add_(Tensor[] self, double value) => Run(self, "_foreach_add_.Scalar", self, value);

    /// <summary>self + alpha · other.</summary>
    public static Tensor[] Add(Tensor[] self, Tensor[] other, double alpha = 1) =>
        Call(self, "_foreach_add.List", self, other, alpha);

    /// <summary>self + value.</summary>
    public static Tensor[] Add(Tensor[] self, double value) => Call(self, "_foreach_add.Scalar", self, value);

    /// <summary>self ← self · factor.</summary>
    public static void Mul_(Tensor[] self, double factor) => Run(self, "_foreach_mul_.Scalar", self, factor);

    /// <summary>self ← self · other.</summary>
    public static void Mul_(Tensor[] self, Tensor[] other) => Run(self, "_foreach_mul_.List", self, other);

    /// <summary>self ← self / divisor.</summary>
    public static void Div_(Tensor[] self, double divisor) =>
        Run(self, "_foreach_div_.Scalar", self, divisor);

    /// <summary>self ← self / other.</summary>
    public static void Div_(Tensor[] self, Tensor[] other) => Run(self, "_foreach_div_.List", self, other);

    /// <summary>self ← self + value · a · b.</summary>
    public static void Addcmul_(Tensor[] self, Tensor[] a, Tensor[] b, double value) =>
        Run(self, "_foreach_addcmul_.Scalar", self, a, b, value);

    /// <summary>self + value · a · b.</summary>
    public static Tensor[] Addcmul(Tensor[] self, Tensor[] a, Tensor[] b, double value) =>
        Call(self, "_foreach_addcmul.Scalar", self, a, b, value);

    /// <summary>self ← self + value · a / b.</summary>
    public static void Addcdiv_(Tensor[] self, Tensor[] a, Tensor[] b, double value) =>
        Run(self, "_foreach_addcdiv_.Scalar", self, a, b, value);

    /// <summary>√self.</summary>
    public static Tensor[] Sqrt(Tensor[] self) => Call(self, "_foreach_sqrt", self);

    /// <summary>self ← √self.</summary>
    public static void Sqrt_(Tensor[] self) => Run(self, "_foreach_sqrt_", self);

    /// <summary>−self.</summary>
    public static Tensor[] Neg(Tensor[] self) => Call(self, "_foreach_neg", self);

    /// <summary>|self|.</summary>
    public static Tensor[] Abs(Tensor[] self) => Call(self, "_foreach_abs", self);

    /// <summary>The larger of the two, element by element, into self.</summary>
    public static void Maximum_(Tensor[] self, Tensor[] other) =>
        Run(self, "_foreach_maximum_.List", self, other);

    /// <summary>self ← 0.</summary>
    public static void Zero_(Tensor[] self) => Run(self, "_foreach_zero_", self);

    private static void Run(Tensor[] first, string name, params ReadOnlySpan<Value> arguments)
    {
        if (first.Length > 0)
        {
            Op.Run(name, arguments);
        }
    }

    private static Tensor[] Call(Tensor[] first, string name, params ReadOnlySpan<Value> arguments) =>
        first.Length > 0 ? Op.CallList(name, arguments) : [];
}
