using System.Collections;
using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules by name, in the order they were added.</summary>
public class ModuleDict<T> : nn.Module, IEnumerable<(string, T)> where T : nn.Module
{
    private readonly OrderedDictionary<string, T> _modules = [];

    /// <summary>An empty dictionary.</summary>
    public ModuleDict() : base(nameof(ModuleDict<>)) { }

    public T this[string key]
    {
        get => _modules[key];
        set { _modules[key] = value; Again(); }
    }

    public (string, T) this[int index] => (_modules.GetAt(index).Key, _modules.GetAt(index).Value);

    public int Count => _modules.Count;
    public ICollection<string> Keys => _modules.Keys;
    public ICollection<T> Values => _modules.Values;
    public IEnumerable<string> keys() => _modules.Keys;
    public IEnumerable<T> values() => _modules.Values;
    public IEnumerator<(string, T)> items() => GetEnumerator();

    public void Add((string, T) item) => Add(item.Item1, item.Item2);

    public void Add(string key, T value)
    {
        register_module(key, value);
        _modules.Add(key, value);
    }

    public bool ContainsKey(string key) => _modules.ContainsKey(key);
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) =>
        _modules.TryGetValue(key, out value);

    public bool Remove(string key)
    {
        register_module(key, null!);
        return _modules.Remove(key);
    }

    public void Clear() { _modules.Clear(); ClearModules(); }
    public void clear() => Clear();

    public IEnumerator<(string, T)> GetEnumerator() =>
        _modules.Select(entry => (entry.Key, entry.Value)).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Again()
    {
        ClearModules();
        foreach (var (key, module) in _modules) register_module(key, module);
    }
}
