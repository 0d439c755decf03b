using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that a module learns: a leaf of autograd which optimisers step.</summary>
/// <remarks>
/// It takes over the data's storage and its place in a dispose scope, and leaves the tensor given empty.
/// Registering it with a module takes it out of the scope.
/// </remarks>
public class Parameter : Tensor
{
    /// <summary>Makes a parameter of a tensor's data; how the data was computed is forgotten.</summary>
    public Parameter(Tensor data, bool requires_grad = true) : this(data.OwningDisposeScope, Take(data),
        requires_grad)
    { }

    private Parameter(DisposeScope? scope, nint handle, bool requires_grad) : base(handle)
    {
        if (!ReferenceEquals(scope, OwningDisposeScope)) MoveToOtherDisposeScope(scope);
        this.requires_grad = requires_grad;
    }

    private static nint Take(Tensor data)
    {
        if (data.is_leaf) return data.DecoupleFromNativeHandle();
        using (data) return data.detach().DecoupleFromNativeHandle();
    }
}
