using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Modules run one after the other, each on the last one's result; results between are disposed.
/// </summary>
public sealed class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly List<(string Name, nn.IModule<Tensor, Tensor> Module)> _stages = [];

    internal Sequential(IEnumerable<(string Name, nn.IModule<Tensor, Tensor> Module)> stages)
        : base(nameof(Sequential))
    {
        foreach (var (name, module) in stages) append(name, module);
    }

    internal Sequential(IEnumerable<nn.IModule<Tensor, Tensor>> stages) : base(nameof(Sequential))
    {
        foreach (var module in stages) append(module);
    }

    /// <summary>The number of modules.</summary>
    public int Count => _stages.Count;

    /// <summary>Adds a module at the end, under its number.</summary>
    public Sequential append(nn.IModule<Tensor, Tensor> module) => append($"{_stages.Count}", module);

    /// <summary>Adds a module at the end, under a name.</summary>
    public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
    {
        register_module(name, (nn.Module)module);
        _stages.Add((name, module));
        return this;
    }

    /// <summary>The module at a place.</summary>
    [IndexerName("SequentialItems")]
    public nn.IModule<Tensor, Tensor> this[int index] => _stages[index].Module;

    /// <summary>
    /// A Sequential of the modules from start to before end, which it shares with this one.
    /// </summary>
    [IndexerName("SequentialItems")]
    public Sequential this[(int? start, int? end) index] => this[(index.start ?? 0)..(index.end ?? Count)];

    /// <summary>A Sequential of a range of the modules, which it shares with this one.</summary>
    [IndexerName("SequentialItems")]
    public Sequential this[Range index] => new(_stages[index]);

    public override Tensor forward(Tensor tensor)
    {
        if (_stages.Count == 0) return tensor.alias();
        var current = tensor;
        foreach (var (_, module) in _stages)
        {
            var next = module.call(current);
            // A module may hand its input on; only what was made in between is ours to dispose.
            if (!ReferenceEquals(current, tensor) && !ReferenceEquals(current, next)) current.Dispose();
            current = next;
        }
        return current;
    }
}
