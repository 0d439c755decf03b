using TorchSharp.Modules;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Gradients and parameters of a whole model at once.</summary>
        public static partial class utils
        {
            /// <summary>
            /// Scales all gradients so that their norm, taken together, is at most max_norm.
            /// </summary>
            /// <returns>The norm before.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm,
                double norm_type = 2.0)
            {
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                var grads = Gradients(tensors);
                if (grads.Length == 0) return 0;
                var norms = Op.CallList("_foreach_norm.Scalar", grads, norm_type);
                var total = Op.Call("linalg_vector_norm", Op.Call("stack", norms),
                    norm_type).to(ScalarType.Float64).item<double>();
                var scale = max_norm / (total + 1e-6);
                if (scale < 1) Op.Run("_foreach_mul_.Scalar", grads, scale);
                return total;
            }

            /// <summary>Limits every element of every gradient to ±clip_value.</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                foreach (var grad in Gradients(tensors)) Op.Run("clamp_", grad, -clip_value, clip_value);
            }

            /// <summary>All parameters' elements one after the other.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return Op.Call("cat", tensors.Select(tensor => Op.Call("reshape", tensor,
                    new long[] { -1 })).ToArray(), 0)
                    .MoveToOuterDisposeScope();
            }

            /// <summary>
            /// Writes a vector's elements into the parameters: the reverse of
            /// <see cref="parameters_to_vector"/>.
            /// </summary>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                var list = tensors.ToList();
                var needed = list.Sum(tensor => tensor.numel());
                if (vec.numel() != needed)
                    throw new ArgumentException(
                        $"The parameters have {needed} elements, the vector {vec.numel()}.", nameof(vec));
                long start = 0;
                foreach (var tensor in list)
                {
                    var part = Op.Call("slice.Tensor", vec, 0, start, start += tensor.numel());
                    Op.Run("copy_", tensor, Op.Call("reshape", part, tensor.shape));
                }
            }

            private static Tensor[] Gradients(IEnumerable<Parameter> tensors) =>
                [.. tensors.Select(tensor => tensor.grad).OfType<Tensor>()];
        }
    }
}
