namespace Pickle;

/// <summary>Equality of what may be a key of a pickled dictionary or a member of a pickled set.</summary>
/// <remarks>
/// Tuples are refused: the hash of a tuple that holds one tuple twice, thirty levels deep, would take longer
/// than anyone waits, and none of the formats that the kit reads has such keys.
/// </remarks>
internal sealed class PickleKeys : IEqualityComparer<object>
{
    /// <summary>The one instance; it has no state.</summary>
    public static readonly PickleKeys Instance = new();

    /// <inheritdoc/>
    public new bool Equals(object? a, object? b) =>
        a is byte[] x && b is byte[] y ? x.AsSpan().SequenceEqual(y) : object.Equals(a, b);

    /// <inheritdoc/>
    public int GetHashCode(object key)
    {
        if (key is not byte[] bytes)
        {
            return key.GetHashCode();
        }
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    /// <summary>Throws unless the key is text, bytes or a number.</summary>
    /// <exception cref="InvalidDataException">It is none of them.</exception>
    public static void Require(object? key)
    {
        if (key is not (string or byte[] or long or double or bool or System.Numerics.BigInteger))
        {
            throw new InvalidDataException(
                $"The pickle has a key of type {key?.GetType().Name ?? "None"}; "
                + "keys of text, bytes and numbers are read.");
        }
    }
}
