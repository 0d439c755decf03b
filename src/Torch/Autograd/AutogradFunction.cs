using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>What a function keeps from its forward pass for its backward pass.</summary>
        public sealed class AutogradContext
        {
            private readonly Dictionary<string, object> data = [];

            internal nint Node { get; set; }
            internal List<Tensor> Saved { get; private set; } = [];
            internal int SavedCount { get; set; }
            internal List<Tensor> Dirty { get; private set; } = [];
            internal List<Tensor> NonDifferentiable { get; private set; } = [];

            /// <summary>Whether missing output gradients arrive as zeros; they do unless it is switched off.</summary>
            public bool MaterializeGrads { get; private set; } = true;

            /// <summary>Keeps tensors for the backward pass, which gets them from <see cref="get_saved_variables"/>.</summary>
            public void save_for_backward(List<Tensor> tensors) => Saved = tensors;

            /// <summary>Keeps anything that is not a tensor.</summary>
            public void save_data(string key, object value) => data[key] = value;

            public object? get_data(string key) => data.GetValueOrDefault(key);

            /// <summary>Says which inputs the forward pass changed in place.</summary>
            public void mark_dirty(List<Tensor> tensors) => Dirty = tensors;

            /// <summary>Says which outputs carry no gradient.</summary>
            public void mark_non_differentiable(List<Tensor> tensors) => NonDifferentiable = tensors;

            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            /// <summary>The tensors that the forward pass kept.</summary>
            /// <exception cref="ExternalException">One was changed in place since, or the graph was let go by an earlier pass.</exception>
            public unsafe List<Tensor> get_saved_variables()
            {
                var handles = new nint[SavedCount];
                fixed (nint* results = handles) Op.Check(lt_saved(Node, results) == 0);
                return [.. handles.Select(handle => handle == 0 ? null! : new Tensor(handle))];
            }
        }

        /// <summary>
        /// A function whose derivative is written by hand: subclass <see cref="SingleTensorFunction{T}"/> or
        /// <see cref="MultiTensorFunction{T}"/>, write forward and backward, call apply.
        /// </summary>
        public abstract unsafe class Function<T> where T : Function<T>, new()
        {
            private static readonly T Instance = new();

            /// <summary>The name that graphs and messages show.</summary>
            public abstract string Name { get; }

            private protected abstract List<Tensor> Forward(AutogradContext context, object[] arguments);
            private protected abstract List<Tensor> Backward(AutogradContext context, List<Tensor> gradients);

            private protected static List<Tensor> Apply(object[] arguments)
            {
                var context = new AutogradContext();
                var inputs = arguments.OfType<Tensor>().ToList();
                bool records = is_grad_enabled() && inputs.Exists(input => input.requires_grad);
                List<Tensor> outputs;
                using (no_grad()) outputs = OperatorRecord.Function(Instance.Name, inputs, () => Instance.Forward(context, arguments));
                if (!records) return outputs;

                // An input that is returned as it came needs an identity of its own to carry the function.
                using (no_grad())
                    for (int i = 0; i < outputs.Count; i++)
                        if (inputs.Exists(input => input.Handle == outputs[i].Handle) && !context.Dirty.Contains(outputs[i]))
                            outputs[i] = outputs[i].view_as(outputs[i]);
                Attach(context, arguments, inputs, outputs);
                return outputs;
            }

            private static void Attach(AutogradContext context, object[] arguments, List<Tensor> inputs, List<Tensor> outputs)
            {
                var differentiable = outputs.Select(output =>
                    (output.is_floating_point() || output.is_complex()) && !context.NonDifferentiable.Contains(output) ? 1 : 0).ToArray();
                var zeros = outputs.Select(output => (output.shape, output.dtype, output.device)).ToArray();
                var state = new FunctionState(Instance.Name, context, gradients =>
                {
                    if (context.MaterializeGrads)
                        for (int i = 0; i < gradients.Count; i++)
                            gradients[i] ??= torch.zeros(zeros[i].shape, zeros[i].dtype, zeros[i].device);
                    return TensorsOnly(Instance.Backward(context, gradients), arguments);
                });
                context.SavedCount = context.Saved.Count;
                nint handle = GCHandle.ToIntPtr(GCHandle.Alloc(state));
                fixed (byte* title = Encoding.UTF8.GetBytes(Instance.Name + '\0'))
                fixed (nint* into = Handles(inputs), from = Handles(outputs), saved = Handles(context.Saved))
                fixed (int* marks = differentiable)
                    Op.Check(lt_attach(handle, title, &FunctionState.Backward, &FunctionState.Drop, into, inputs.Count, from, marks,
                        outputs.Count, saved, context.SavedCount) == 0);
                GC.KeepAlive((inputs, outputs, context.Saved));
                context.save_for_backward([]);
            }

            /// <summary>Backward answers one gradient an argument; libtorch wants one a tensor.</summary>
            private static List<Tensor?> TensorsOnly(List<Tensor> gradients, object[] arguments)
            {
                if (gradients.Count < arguments.Length || gradients.Skip(arguments.Length).Any(extra => extra is not null))
                    throw new InvalidOperationException(
                        $"{Instance.Name}.backward returned {gradients.Count} gradients for {arguments.Length} arguments; return one an argument, null where there is none.");
                var kept = new List<Tensor?>();
                for (int i = 0; i < arguments.Length; i++)
                {
                    if (arguments[i] is Tensor) kept.Add(gradients[i]);
                    else if (gradients[i] is not null)
                        throw new InvalidOperationException($"{Instance.Name}.backward returned a gradient for argument {i + 1}, which is no tensor.");
                }
                return kept;
            }
        }

        /// <summary>A hand-written function of one output; its arguments may be tensors and anything else.</summary>
        public abstract class SingleTensorFunction<T> : Function<T> where T : SingleTensorFunction<T>, new()
        {
            /// <summary>Runs the forward pass and records the function.</summary>
            public static Tensor apply(params object[] vars) => Apply(vars)[0];

            public abstract Tensor forward(AutogradContext ctx, params object[] vars);

            /// <returns>One gradient an argument of forward; null where there is none.</returns>
            public abstract List<Tensor> backward(AutogradContext ctx, Tensor grad_output);

            private protected sealed override List<Tensor> Forward(AutogradContext context, object[] arguments) => [forward(context, arguments)];
            private protected sealed override List<Tensor> Backward(AutogradContext context, List<Tensor> gradients) => backward(context, gradients[0]);
        }

        /// <summary>A hand-written function of several outputs; its arguments may be tensors and anything else.</summary>
        public abstract class MultiTensorFunction<T> : Function<T> where T : MultiTensorFunction<T>, new()
        {
            /// <summary>Runs the forward pass and records the function.</summary>
            public static List<Tensor> apply(params object[] vars) => Apply(vars);

            public abstract List<Tensor> forward(AutogradContext ctx, params object[] vars);

            /// <returns>One gradient an argument of forward; null where there is none.</returns>
            public abstract List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);

            private protected sealed override List<Tensor> Forward(AutogradContext context, object[] arguments) => forward(context, arguments);
            private protected sealed override List<Tensor> Backward(AutogradContext context, List<Tensor> gradients) => backward(context, gradients);
        }
    }
}

/// <summary>The managed half of a node in libtorch's graph; libtorch holds it by a GC handle.</summary>
internal sealed unsafe class FunctionState(string name, torch.autograd.AutogradContext context, Func<List<torch.Tensor>, List<torch.Tensor?>> backward)
{
    [ThreadStatic] private static Exception? pending;

    /// <summary>The exception of a backward callback that libtorch reports as its own failure now.</summary>
    internal static Exception? TakePending() => (pending, pending = null).pending;

    [UnmanagedCallersOnly]
    internal static int Backward(nint self, nint node, nint* gradients, int count, nint* results, int capacity)
    {
        var state = (FunctionState)GCHandle.FromIntPtr(self).Target!;
        try
        {
            state.Run(node, new ReadOnlySpan<nint>(gradients, count), new Span<nint>(results, capacity));
            return 0;
        }
        catch (Exception error)
        {
            pending = error;
            fixed (byte* text = Encoding.UTF8.GetBytes($"{state.Name}.backward failed: {error.Message}\0")) lt_set_error(text);
            return 1;
        }
    }

    [UnmanagedCallersOnly]
    internal static void Drop(nint self) => GCHandle.FromIntPtr(self).Free();

    private string Name { get; } = name;

    private void Run(nint node, ReadOnlySpan<nint> gradients, Span<nint> results)
    {
        // What a callback makes is gone with it, but for the gradients; no scope of the caller's may swallow those.
        using var scope = torch.NewDisposeScope();
        context.Node = node;
        var given = new List<torch.Tensor>();
        foreach (nint gradient in gradients) given.Add(gradient == 0 ? null! : new torch.Tensor(lt_retain(gradient)));
        var found = backward(given);
        for (int i = 0; i < results.Length; i++) results[i] = found[i] is { } gradient ? lt_retain(gradient.Handle) : 0;
        GC.KeepAlive(found);
    }
}
