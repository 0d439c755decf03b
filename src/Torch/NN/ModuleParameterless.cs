using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Marks modules that hold no tensors.</summary>
public interface IParameterLessModule;

/// <summary>
/// A module of one input without parameters or buffers: moving it does nothing, registering a tensor throws.
/// </summary>
public abstract class ParameterLessModule<T, TResult>(string name) : nn.Module<T, TResult>(name),
    IParameterLessModule
{
    protected internal override nn.Module _to(ScalarType? dtype, Device? device, bool non_blocking) => this;

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) =>
        throw NoTensors(this);

    public override void register_parameter(string name, Parameter param) => throw NoTensors(this);

    internal static InvalidOperationException NoTensors(nn.Module module) => new(
        $"{module.GetName()} is a module without parameters; derive from nn.Module<…> to register tensors.");
}

/// <summary>A module of two inputs without parameters or buffers.</summary>
public abstract class ParameterLessModule<T1, T2, TResult>(string name)
    : nn.Module<T1, T2, TResult>(name), IParameterLessModule
{
    protected internal override nn.Module _to(ScalarType? dtype, Device? device, bool non_blocking) => this;

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) =>
        throw ParameterLessModule<T1, TResult>.NoTensors(this);

    public override void register_parameter(string name, Parameter param) =>
        throw ParameterLessModule<T1, TResult>.NoTensors(this);
}
