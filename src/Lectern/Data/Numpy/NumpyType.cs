using Pickle;

namespace Lectern.Data;

/// <summary>The element type of a pickled NumPy array: a kind (i, u, f or b) and a size in bytes.</summary>
internal sealed class NumpyType : IPickleState
{
    /// <summary>
    /// Makes the type from the arguments of <c>numpy.dtype</c>, of which the first is a name such as f4.
    /// </summary>
    /// <exception cref="InvalidDataException">The name is of no type that is read here.</exception>
    public NumpyType(object?[] arguments)
    {
        Name = arguments.Length > 0 ? NumpyPickle.Text(arguments[0]) : "";
        var known = Name is "f4" or "f8" or "i1" or "i2" or "i4" or "i8" or "u1" or "b1";
        if (!known)
        {
            throw new InvalidDataException(
                $"The pickle has an array of type '{Name}'; f4, f8, i1, i2, i4, i8, u1 and b1 are read.");
        }
    }

    /// <summary>Kind and size, such as <c>f4</c>.</summary>
    public string Name { get; }

    /// <summary>Bytes an element.</summary>
    public int Size => Name[1] - '0';

    /// <summary>Takes the state that NumPy pickles: (version, byte order, …).</summary>
    /// <exception cref="InvalidDataException">The state is not NumPy's.</exception>
    public void Build(object? state)
    {
        var order = state is object?[] { Length: > 1 } parts ? NumpyPickle.Text(parts[1]) : "";
        if (order is not ("<" or "|" or "="))
        {
            throw new InvalidDataException(
                $"The pickle has an array of byte order '{order}'; little-endian arrays are read.");
        }
    }
}
