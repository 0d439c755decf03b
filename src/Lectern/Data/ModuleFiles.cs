namespace Lectern.Data;

/// <summary>
/// Modules from and to files that Python reads and writes; the names are TorchSharp.PyBridge's.
/// </summary>
public static class ModuleFiles
{
    /// <summary>Loads parameters and buffers from a safetensors file.</summary>
    /// <param name="module">Takes the values.</param>
    /// <param name="location">The file.</param>
    /// <param name="strict">Whether missing and unexpected names are errors.</param>
    /// <param name="skip">Names to leave alone.</param>
    /// <param name="loadedParameters">Is told of each name in the file whether the module has it.</param>
    /// <returns>The module.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or does not fit; then the message names every missing, unexpected and mis-shaped
    /// tensor, and the module is as it was.
    /// </exception>
    public static TModule load_safetensors<TModule>(
        this TModule module, string location, bool strict = true, IList<string>? skip = null,
        Dictionary<string, bool>? loadedParameters = null)
        where TModule : nn.Module
    {
        using var scope = NewDisposeScope();
        return module.LoadTensors(Safetensors.Load(location), location, strict, skip, loadedParameters);
    }

    /// <summary>Saves parameters and buffers to a safetensors file.</summary>
    /// <param name="module">The module.</param>
    /// <param name="location">The file; it is replaced.</param>
    /// <param name="skip">Names to leave out.</param>
    public static void save_safetensors(this nn.Module module, string location, IList<string>? skip = null) =>
        Safetensors.Save(location, Kept(module, skip));

    /// <summary>
    /// Loads parameters and buffers from a state dictionary that PyTorch saved (.pth, .pt, .bin).
    /// </summary>
    /// <inheritdoc cref="load_safetensors{TModule}(TModule, string, bool, IList{string}?, Dictionary{string,
    /// bool}?)"/>
    public static TModule load_py<TModule>(
        this TModule module, string location, bool strict = true, IList<string>? skip = null,
        Dictionary<string, bool>? loadedParameters = null)
        where TModule : nn.Module
    {
        using var scope = NewDisposeScope();
        return module.LoadTensors(PyTorchCheckpoint.LoadTensors(location), location, strict, skip,
            loadedParameters);
    }

    /// <summary>Saves parameters and buffers as a state dictionary that PyTorch loads.</summary>
    /// <param name="module">The module.</param>
    /// <param name="location">The file; it is replaced.</param>
    /// <param name="skip">Names to leave out.</param>
    public static void save_py(this nn.Module module, string location, IList<string>? skip = null) =>
        PyTorchCheckpoint.Save(location, Kept(module, skip));

    private static Dictionary<string, Tensor> Kept(nn.Module module, IList<string>? skip) =>
        module.state_dict().Where(entry => skip?.Contains(entry.Key) != true).ToDictionary();

    internal static TModule LoadTensors<TModule>(
        this TModule module, Dictionary<string, Tensor> source, string location, bool strict,
        IList<string>? skip, Dictionary<string, bool>? loadedParameters)
        where TModule : nn.Module
    {
        var target = module.state_dict();
        bool Wanted(string name) => skip?.Contains(name) != true;
        var problems = target.Where(entry => source.ContainsKey(entry.Key) && Wanted(entry.Key))
            .Where(entry => !entry.Value.shape.AsSpan().SequenceEqual(source[entry.Key].shape))
            .Select(entry => $"'{entry.Key}' has shape {Shape(source[entry.Key])} and should have "
                + $"{Shape(entry.Value)}").ToList();
        if (strict)
        {
            problems.AddRange(target.Keys.Where(name => Wanted(name) && !source.ContainsKey(name))
                .Select(name => $"'{name}' {Shape(target[name])} is missing"));
            problems.AddRange(source.Keys.Where(name => Wanted(name) && !target.ContainsKey(name))
                .Select(name => $"'{name}' {Shape(source[name])} is unexpected"));
        }
        if (problems.Count > 0)
        {
            throw new InvalidDataException(
                $"'{Path.GetFileName(location)}' does not fit {module.GetName()}: "
                + $"{string.Join("; ", problems)}."
                + (strict ? " With strict: false, missing and unexpected names are passed over." : ""));
        }
        using var none = no_grad();
        foreach (var (name, tensor) in source)
        {
            var known = target.TryGetValue(name, out var own);
            loadedParameters?.Add(name, known);
            if (known && Wanted(name))
            {
                own!.copy_(tensor);
            }
        }
        return module;
    }

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
