using System.Collections.Immutable;

namespace Lectern.Charts;

/// <summary>A JSON object that is never changed: keys in the order they came, values plain or
/// nested.</summary>
internal sealed class Fields
{
    /// <summary>The object without fields.</summary>
    public static readonly Fields Empty = new([]);

    private readonly ImmutableArray<(string Key, object? Value)> items;

    private Fields(ImmutableArray<(string Key, object? Value)> items) => this.items = items;

    /// <summary>The fields in order.</summary>
    public ImmutableArray<(string Key, object? Value)> Items => items;

    /// <summary>An object of the fields whose value is not null; a dot in a path makes a nested
    /// object.</summary>
    public static Fields Of(params ReadOnlySpan<(string Path, object? Value)> fields)
    {
        var all = Empty;
        foreach (var (path, value) in fields)
            if (value is not null) all = all.With(path, value);
        return all;
    }

    /// <summary>The value at a path; null where there is none.</summary>
    public object? Get(string path)
    {
        var (key, rest) = Split(path);
        var at = IndexOf(key);
        if (at < 0) return null;
        return rest is null ? items[at].Value : (items[at].Value as Fields)?.Get(rest);
    }

    /// <summary>The same object with one value set, in place or at the end.</summary>
    public Fields With(string path, object? value)
    {
        var (key, rest) = Split(path);
        var at = IndexOf(key);
        var old = at < 0 ? null : items[at].Value as Fields;
        var item = (key, rest is null ? value : (old ?? Empty).With(rest, value));
        return new Fields(at < 0 ? items.Add(item) : items.SetItem(at, item));
    }

    /// <summary>The same object without the value at a path.</summary>
    public Fields Without(string path)
    {
        var (key, inner) = Split(path);
        var at = IndexOf(key);
        if (at < 0) return this;
        if (inner is null) return new Fields(items.RemoveAt(at));
        return items[at].Value is Fields nested ? new Fields(items.SetItem(at, (key, nested.Without(inner))))
            : this;
    }

    /// <summary>The same object with the fields of another one over it, nested ones merged.</summary>
    public Fields Merge(Fields other)
    {
        var all = this;
        foreach (var (key, value) in other.items)
            all = all.Set(key, value is Fields inner && all.Find(key) is Fields mine ? mine.Merge(inner)
                : value);
        return all;
    }

    private object? Find(string key) => IndexOf(key) is var at and >= 0 ? items[at].Value : null;

    private Fields Set(string key, object? value)
    {
        var at = IndexOf(key);
        return new Fields(at < 0 ? items.Add((key, value)) : items.SetItem(at, (key, value)));
    }

    private int IndexOf(string key)
    {
        for (var i = 0; i < items.Length; i++)
            if (items[i].Key == key) return i;
        return -1;
    }

    private static (string Key, string? Inner) Split(string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (path, null) : (path[..dot], path[(dot + 1)..]);
    }
}
