using System.Numerics;
using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number as operators take it: whole, real, truth value or complex.</summary>
public sealed class Scalar : IDisposable
{
    internal Value Value { get; }

    private Scalar(Value value, ScalarType type)
    {
        Value = value;
        Type = type;
    }

    /// <summary>The element type that the number came from.</summary>
    public ScalarType Type { get; }

    public static implicit operator Scalar(byte value) => new(value, ScalarType.Byte);
    public static implicit operator Scalar(sbyte value) => new(value, ScalarType.Int8);
    public static implicit operator Scalar(short value) => new(value, ScalarType.Int16);
    public static implicit operator Scalar(int value) => new(value, ScalarType.Int32);
    public static implicit operator Scalar(long value) => new(value, ScalarType.Int64);
    public static implicit operator Scalar(Half value) => new((double)value, ScalarType.Float16);
    public static implicit operator Scalar(float value) => new((double)value, ScalarType.Float32);
    public static implicit operator Scalar(double value) => new(value, ScalarType.Float64);
    public static implicit operator Scalar(bool value) => new(value, ScalarType.Bool);
    public static implicit operator Scalar((float Real, float Imaginary) value) =>
        new(new Complex(value.Real, value.Imaginary), ScalarType.ComplexFloat32);
    public static implicit operator Scalar(Complex value) => new(value, ScalarType.ComplexFloat64);

    /// <summary>The value as a 64-bit real number.</summary>
    /// <exception cref="InvalidOperationException">The value is complex.</exception>
    public double ToDouble() => Value.Kind switch
    {
        Kind.Double => BitConverter.Int64BitsToDouble(Value.Bits),
        Kind.Int or Kind.Bool => Value.Bits,
        _ => throw new InvalidOperationException("A complex number has no real value; take its real part first."),
    };

    /// <summary>The value as a 64-bit whole number; a fraction is cut off.</summary>
    public long ToInt64() => Value.Kind == Kind.Double ? (long)ToDouble() : Value.Kind == Kind.Complex ? (long)ToDouble() : Value.Bits;

    /// <summary>The value as a truth value: whether it is not zero.</summary>
    public bool ToBoolean() => Value.Kind == Kind.Double ? ToDouble() != 0 : Value.Bits != 0;

    public float ToSingle() => (float)ToDouble();
    public int ToInt32() => checked((int)ToInt64());
    public short ToInt16() => checked((short)ToInt64());
    public byte ToByte() => checked((byte)ToInt64());
    public sbyte ToSByte() => checked((sbyte)ToInt64());
    public Half ToHalf() => (Half)ToDouble();

    /// <summary>The value as a complex number.</summary>
    public Complex ToComplexFloat64() => Value.Reference is double[] parts ? new Complex(parts[0], parts[1]) : ToDouble();

    /// <inheritdoc/>
    public override string ToString() => Value.Kind switch
    {
        Kind.Complex => ToComplexFloat64().ToString(),
        Kind.Bool => ToBoolean() ? "true" : "false",
        Kind.Int => ToInt64().ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => ToDouble().ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Does nothing: a scalar holds no native memory. It is here because TorchSharp's has one.</summary>
    public void Dispose() { }
}

/// <summary>Conversions to <see cref="Scalar"/> spelled out.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this bool value) => value;
}
