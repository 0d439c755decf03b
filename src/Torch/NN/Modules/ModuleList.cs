using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A list of modules, registered under their numbers.</summary>
public class ModuleList<T> : nn.Module, IList<T> where T : nn.Module
{
    private readonly List<T> _list = [];

    /// <summary>A list of the given modules.</summary>
    public ModuleList(params T[] modules) : base(nameof(ModuleList<>)) => extend(modules);

    /// <summary>Adds modules at the end.</summary>
    public void extend(IEnumerable<T> modules)
    {
        foreach (var module in modules) Add(module);
    }

    /// <summary>Adds modules at the end.</summary>
    public void append(params T[] modules) => extend(modules);

    public void Add(T item)
    {
        register_module($"{_list.Count}", item);
        _list.Add(item);
    }

    public T this[int index]
    {
        get => _list[index];
        set { _list[index] = value; Renumber(); }
    }

    public int Count => _list.Count;
    public bool IsReadOnly => false;
    public void Clear() { _list.Clear(); Renumber(); }
    public bool Contains(T item) => _list.Contains(item);
    public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);
    public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();
    public int IndexOf(T item) => _list.IndexOf(item);
    public void Insert(int index, T item) { _list.Insert(index, item); Renumber(); }
    public void RemoveAt(int index) { _list.RemoveAt(index); Renumber(); }

    public bool Remove(T item)
    {
        var removed = _list.Remove(item);
        if (removed) Renumber();
        return removed;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Renumber()
    {
        ClearModules();
        for (var i = 0; i < _list.Count; i++) register_module($"{i}", _list[i]);
    }
}
