using System.Collections;
using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Parameters by name, in the order they were added.</summary>
public class ParameterDict : nn.Module, IEnumerable<(string, Parameter)>
{
    /// <summary>An empty dictionary.</summary>
    public ParameterDict() : base(nameof(ParameterDict)) { }

    public Parameter this[string key]
    {
        get => GetOwn(key) ?? throw new KeyNotFoundException(
            $"There is no parameter '{key}'; there are: {string.Join(", ", keys())}.");
        set => ConditionallyRegisterParameter(key, value);
    }

    public int Count => named_parameters(false).Count();
    public ICollection<string> Keys => [.. keys()];
    public ICollection<Parameter> Values => [.. values()];
    public IEnumerable<string> keys() => named_parameters(false).Select(entry => entry.name);
    public IEnumerable<Parameter> values() => named_parameters(false).Select(entry => entry.parameter);
    public IEnumerator<(string, Parameter)> items() => GetEnumerator();

    public void Add((string, Parameter) item) => Add(item.Item1, item.Item2);
    public void Add(string key, Parameter value) => register_parameter(key, value);
    public bool ContainsKey(string key) => GetOwn(key) is not null;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Parameter value) =>
        (value = GetOwn(key)) is not null;

    public bool Remove(string key)
    {
        var there = ContainsKey(key);
        ConditionallyRegisterParameter(key, null);
        return there;
    }

    public void Clear() => ClearParameters();
    public void clear() => Clear();

    public IEnumerator<(string, Parameter)> GetEnumerator() => named_parameters(false).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
