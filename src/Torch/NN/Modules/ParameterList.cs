using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A list of parameters, registered under their numbers.</summary>
public class ParameterList : nn.Module, IList<Parameter>
{
    // The registered parameters are the list, so that moving the module needs no second bookkeeping.
    private List<Parameter> Items => [.. named_parameters(false).Select(entry => entry.parameter)];

    /// <summary>A list of the given parameters.</summary>
    public ParameterList(params Parameter[] parameters) : base(nameof(ParameterList)) => extend(parameters);

    /// <summary>Adds parameters at the end.</summary>
    public void extend(IEnumerable<Parameter> parameters)
    {
        foreach (var parameter in parameters) Add(parameter);
    }

    /// <summary>Adds parameters at the end.</summary>
    public void append(params Parameter[] parameters) => extend(parameters);

    public void Add(Parameter item) => register_parameter($"{Count}", item);

    public Parameter this[int index]
    {
        get => GetOwn($"{index}") ?? throw new ArgumentOutOfRangeException(nameof(index), index,
            $"The list has {Count} parameters.");
        set => ConditionallyRegisterParameter(index < Count ? $"{index}"
            : throw new ArgumentOutOfRangeException(nameof(index)), value);
    }

    public int Count => Items.Count;
    public bool IsReadOnly => false;
    public void Clear() => ClearParameters();
    public bool Contains(Parameter item) => IndexOf(item) >= 0;
    public void CopyTo(Parameter[] array, int arrayIndex) => Items.CopyTo(array, arrayIndex);
    public IEnumerator<Parameter> GetEnumerator() => Items.GetEnumerator();
    public int IndexOf(Parameter item) => Items.FindIndex(held => ReferenceEquals(held, item));
    public void Insert(int index, Parameter item) => Change(list => list.Insert(index, item));
    public void RemoveAt(int index) => Change(list => list.RemoveAt(index));

    public bool Remove(Parameter item)
    {
        var index = IndexOf(item);
        if (index >= 0) RemoveAt(index);
        return index >= 0;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Change(Action<List<Parameter>> change)
    {
        var list = Items;
        change(list);
        ClearParameters();
        for (var i = 0; i < list.Count; i++) register_parameter($"{i}", list[i]);
    }
}
