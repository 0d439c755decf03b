using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>What an argument or result of an operator is; the numbers are bridge.cpp's.</summary>
internal enum Kind
{
    None, Tensor, Int, Double, Bool, String, Ints, Doubles, Bools, Tensors, Device, Generator, Complex,
}

/// <summary>An argument or result as it crosses the border.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeValue
{
    [FieldOffset(0)] internal Kind Kind;
    [FieldOffset(4)] internal int Count;
    [FieldOffset(8)] internal long Integer;
    [FieldOffset(8)] internal double Number;
    [FieldOffset(8)] internal nint Pointer;
}

/// <summary>
/// One argument of an operator call. Everything that an operator takes converts to it, so that a call reads like the
/// operator's schema: <c>Op.Call("sum.dim_IntList", x, dims, keepdim)</c>. A null tensor, number or list is None.
/// </summary>
internal readonly struct Value
{
    internal readonly Kind Kind;
    internal readonly long Bits;
    internal readonly object? Reference;

    private Value(Kind kind, long bits = 0, object? reference = null)
    {
        Kind = kind;
        Bits = bits;
        Reference = reference;
    }

    internal static Value None => default;

    /// <summary>A tensor list from any sequence (a conversion from an interface cannot be declared).</summary>
    internal static Value List(IEnumerable<Tensor> tensors) => tensors as Tensor[] ?? [.. tensors];

    public static implicit operator Value(Tensor? tensor) => tensor is null ? default : new(Kind.Tensor, 0, tensor);
    public static implicit operator Value(long value) => new(Kind.Int, value);
    public static implicit operator Value(int value) => new(Kind.Int, value);
    public static implicit operator Value(long? value) => value is { } v ? v : default(Value);
    public static implicit operator Value(double value) => new(Kind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Value(double? value) => value is { } v ? v : default(Value);
    public static implicit operator Value(bool value) => new(Kind.Bool, value ? 1 : 0);
    public static implicit operator Value(bool? value) => value is { } v ? v : default(Value);
    public static implicit operator Value(string? value) => value is null ? default : new(Kind.String, 0, value);
    public static implicit operator Value(ScalarType type) => new(Kind.Int, (long)type);
    public static implicit operator Value(ScalarType? type) => type is { } t ? t : default(Value);
    public static implicit operator Value(Device? device) => device is null ? default : new(Kind.Device, device.Packed);
    public static implicit operator Value(Generator? generator) => generator is null ? default : new(Kind.Generator, generator.Handle, generator);
    public static implicit operator Value(long[]? values) => values is null ? default : new(Kind.Ints, 0, values);
    public static implicit operator Value(double[]? values) => values is null ? default : new(Kind.Doubles, 0, values);
    public static implicit operator Value(bool[]? values) => values is null ? default : new(Kind.Bools, 0, values);
    public static implicit operator Value(Tensor?[]? tensors) => tensors is null ? default : new(Kind.Tensors, 0, tensors);
    public static implicit operator Value(List<Tensor> tensors) => tensors.ToArray();
    public static implicit operator Value(Scalar? scalar) => scalar is null ? default : scalar.Value;
    public static implicit operator Value(Complex value) => new(Kind.Complex, 0, new[] { value.Real, value.Imaginary });
}
