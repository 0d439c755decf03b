namespace Pickle;

/// <summary>A Python dictionary (or one of its kin) read from a pickle: entries in the order they were
/// written.</summary>
/// <remarks>
/// Keys are text, bytes or numbers. Python 2 wrote ASCII names as bytes, so a lookup by text also finds the
/// key that was written as the same bytes.
/// </remarks>
internal sealed class PickleDictionary
{
    private readonly OrderedDictionary<object, object?> entries = new(PickleKeys.Instance);

    /// <summary>What BUILD gave the dictionary beside its entries, such as PyTorch's <c>_metadata</c>; mostly
    /// null.</summary>
    public object? Attributes { get; set; }

    /// <summary>The entries in the order of their first writing.</summary>
    public IReadOnlyList<KeyValuePair<object, object?>> Entries => entries;

    /// <summary>The number of entries.</summary>
    public int Count => entries.Count;

    /// <summary>The value of a key of text.</summary>
    /// <exception cref="InvalidDataException">There is no such key; the message names those there
    /// are.</exception>
    public object? this[string key] => TryGet(key, out var value)
        ? value
        : throw new InvalidDataException(
            $"The pickle's dictionary has no key '{key}'; it has: "
            + $"{string.Join(", ", entries.Keys.Take(20).Select(Text))}.");

    /// <summary>Looks a key of text up.</summary>
    public bool TryGet(string key, out object? value) =>
        entries.TryGetValue(key, out value) || entries.TryGetValue(Unpickler.Bytes(key), out value);

    /// <summary>Sets one entry; a key that is there keeps its place.</summary>
    /// <exception cref="InvalidDataException">The key is neither text, bytes nor a number.</exception>
    public void Set(object? key, object? value)
    {
        PickleKeys.Require(key);
        entries[key!] = value;
    }

    /// <summary>A constructor for find callbacks: <c>dict</c>, <c>OrderedDict</c>, and
    /// <c>defaultdict</c>.</summary>
    /// <param name="arguments">Nothing; or a list of pairs; or the factory of a defaultdict, which is not
    /// kept.</param>
    /// <exception cref="InvalidDataException">The arguments are no pairs.</exception>
    public static object? New(object?[] arguments)
    {
        var made = new PickleDictionary();
        if (arguments is [List<object?> pairs])
        {
            foreach (var pair in pairs)
            {
                var (key, value) = pair switch
                {
                    object?[] { Length: 2 } tuple => (tuple[0], tuple[1]),
                    List<object?> { Count: 2 } list => (list[0], list[1]),
                    _ => throw new InvalidDataException("A dictionary of the pickle is not made of pairs."),
                };
                made.Set(key, value);
            }
        }
        return made;
    }

    private static string Text(object key) => key is byte[] bytes ? Unpickler.Text(bytes) : $"{key}";
}
