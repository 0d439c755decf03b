using System.Runtime.InteropServices;
using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static unsafe partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>Whether gradients flow to this tensor.</summary>
        public bool requires_grad
        {
            get => lt_requires_grad(Handle) != 0;
            set => Op.Check(lt_set_requires_grad(Handle, value ? 1 : 0) == 0);
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Whether the tensor was made by the user rather than computed from tensors that require gradients.</summary>
        public bool is_leaf => lt_is_leaf(Handle) != 0;

        /// <summary>The gradient that backward passes added up here; null before the first. Assigning null clears it.</summary>
        public Tensor? grad
        {
            get
            {
                nint gradient = lt_grad(Handle);
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                Op.Check(lt_set_grad(Handle, value?.Handle ?? 0) == 0);
                GC.KeepAlive(value);
            }
        }

        public void retain_grad() => Op.Check(lt_retain_grad(Handle) == 0);

        /// <summary>Name of the function that computed the tensor; null for a leaf.</summary>
        public string? grad_fn_name => Marshal.PtrToStringUTF8((nint)lt_grad_fn(Handle)) is { Length: > 0 } name ? name : null;

        /// <summary>Adds the gradient of this scalar to the <see cref="grad"/> of every leaf it was computed from.</summary>
        public void backward() => autograd.backward([this]);

        /// <inheritdoc cref="autograd.backward(IList{Tensor}, IList{Tensor}?, bool?, bool, IList{Tensor}?)"/>
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>The same numbers, cut off from what they were computed from.</summary>
        public Tensor detach() => Op.Call("detach", this);
        public Tensor detach_() => Op.InPlace("detach_", this);
    }

    /// <summary>Automatic differentiation.</summary>
    public static unsafe partial class autograd
    {
        /// <summary>Adds the gradients of <paramref name="tensors"/> to the leaves that they were computed from.</summary>
        /// <param name="tensors">What to differentiate.</param>
        /// <param name="grad_tensors">Gradient of each; may be left out for scalars.</param>
        /// <param name="retain_graph">Keep what the pass needs, for another one.</param>
        /// <param name="create_graph">Make the gradients differentiable.</param>
        /// <param name="inputs">Only these leaves, if given.</param>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null,
            bool create_graph = false, IList<Tensor>? inputs = null)
        {
            fixed (nint* roots = Handles(tensors))
            fixed (nint* gradients = grad_tensors is null ? null : Handles(grad_tensors))
            fixed (nint* leaves = inputs is null ? null : Handles(inputs))
                Op.Check(lt_backward(roots, gradients, tensors.Count, Flag(retain_graph), create_graph ? 1 : 0, leaves, inputs?.Count ?? 0) == 0);
            GC.KeepAlive((tensors, grad_tensors, inputs));
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) => backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) => backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        /// <summary>Gradients of the sum of <paramref name="outputs"/> (each weighted by its grad_output) with respect to the inputs.</summary>
        /// <returns>One an input; with <paramref name="allow_unused"/>, null for one that no output depends on.</returns>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] found = new nint[inputs.Count];
            fixed (nint* roots = Handles(outputs))
            fixed (nint* gradients = grad_outputs is null ? null : Handles(grad_outputs))
            fixed (nint* leaves = Handles(inputs))
            fixed (nint* results = found)
                Op.Check(lt_gradients(roots, gradients, outputs.Count, leaves, inputs.Count, Flag(retain_graph || create_graph),
                    create_graph ? 1 : 0, allow_unused ? 1 : 0, results) == 0);
            GC.KeepAlive((outputs, grad_outputs, inputs));
            return Array.ConvertAll(found, handle => handle == 0 ? null! : new Tensor(handle));
        }

        internal static nint[] Handles(IList<Tensor> tensors)
        {
            var handles = new nint[tensors.Count];
            for (int i = 0; i < handles.Length; i++) handles[i] = tensors[i]?.Handle ?? 0;
            return handles;
        }

        private static int Flag(bool? value) => value is { } v ? v ? 1 : 0 : -1;
    }

    /// <summary>Inside the returned scope no graph is recorded.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    /// <summary>Inside the returned scope the graph is recorded (again).</summary>
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);
    public static bool is_grad_enabled() => lt_grad_enabled() != 0;

    /// <summary>Like <see cref="no_grad"/>, and the tensors made can never be part of a graph.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    internal sealed class GradMode : IDisposable
    {
        private readonly int previous = lt_grad_enabled();

        internal GradMode(bool enabled) => lt_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => lt_set_grad_enabled(previous);
    }

    private sealed class InferenceMode(bool mode) : IDisposable
    {
        private nint guard = lt_inference_begin(mode ? 1 : 0);

        public void Dispose()
        {
            if (guard != 0) lt_inference_end(guard);
            guard = 0;
        }
    }
}
