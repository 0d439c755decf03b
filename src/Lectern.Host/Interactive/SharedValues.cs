using System.Collections.Concurrent;
using System.ComponentModel;

namespace Lectern.Host.Interactive;

/// <summary>Hands a value from one language to another; the notebook's <c>#!share</c> writes the call.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class SharedValues
{
    private static readonly ConcurrentDictionary<int, object?> Kept = new();
    private static int last;

    /// <summary>Gives a value its number.</summary>
    internal static int Keep(object? value)
    {
        var key = Interlocked.Increment(ref last);
        Kept[key] = value;
        return key;
    }

    /// <summary>Takes a value out.</summary>
    /// <param name="key">The number that it was given.</param>
    public static object? Take(int key) => Kept.TryRemove(key, out var value) ? value : null;
}
