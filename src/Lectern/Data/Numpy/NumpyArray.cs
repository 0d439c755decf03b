using System.Runtime.InteropServices;
using Pickle;

namespace Lectern.Data;

/// <summary>A pickled NumPy array of numbers, in C order.</summary>
internal sealed class NumpyArray : IPickleState
{
    private byte[] bytes = [];
    private string type = "";

    /// <summary>Lengths of the dimensions.</summary>
    public int[] Shape { get; private set; } = [];

    /// <summary>Number of elements.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Takes the state that NumPy pickles: (version, shape, type, whether in Fortran's order, bytes).
    /// </summary>
    /// <exception cref="InvalidDataException">The state is not NumPy's.</exception>
    public void Build(object? state)
    {
        if (state is not object?[] { Length: 5 } parts
            || parts[1] is not object?[] lengths
            || parts[2] is not NumpyType element
            || parts[3] is not bool fortran
            || parts[4] is not byte[] data)
        {
            throw new InvalidDataException(
                "The pickle has an array whose state is not that of a NumPy array of numbers.");
        }
        Shape = [.. lengths.Select(NumpyPickle.Whole)];
        var count = Shape.Aggregate(1L, (product, length) => checked(product * length));
        if (count * element.Size != data.Length)
        {
            throw new InvalidDataException(
                $"The pickle has an array of shape [{string.Join(", ", Shape)}] and type {element.Name}, "
                + $"which is {count * element.Size:N0} bytes, but {data.Length:N0} bytes of data.");
        }
        if (fortran && Shape.Length > 1)
        {
            throw new InvalidDataException(
                "The pickle has an array in Fortran's order; arrays in C order are read.");
        }
        (bytes, type, Count) = (data, element.Name, (int)count);
    }

    /// <summary>The elements as integers.</summary>
    /// <exception cref="InvalidDataException">They are no integers of up to 32 bits.</exception>
    public int[] ToInt32() => type switch
    {
        "i4" => MemoryMarshal.Cast<byte, int>(bytes).ToArray(),
        "i1" => [.. bytes.Select(value => (int)(sbyte)value)],
        "u1" or "b1" => [.. bytes.Select(value => (int)value)],
        "i2" => [.. MemoryMarshal.Cast<byte, short>(bytes).ToArray().Select(value => (int)value)],
        "i8" => [.. MemoryMarshal.Cast<byte, long>(bytes).ToArray().Select(value => checked((int)value))],
        _ => throw new InvalidDataException($"The pickle has an array of {type} where integers are needed."),
    };

    /// <summary>The elements as single-precision numbers.</summary>
    public float[] ToSingle() => type switch
    {
        "f4" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
        "f8" => [.. MemoryMarshal.Cast<byte, double>(bytes).ToArray().Select(value => (float)value)],
        _ => [.. ToInt32().Select(value => (float)value)],
    };
}
