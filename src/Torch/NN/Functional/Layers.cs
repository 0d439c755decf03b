using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>x Wᵀ + b: [..., in], [out, in] -> [..., out].</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Op.Call("linear", input, weights, bias);

            /// <summary>x1ᵀ A_k x2 + b_k.</summary>
            public static Tensor bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias = null) =>
                Op.Call("bilinear", input1, input2, weight, bias);

            /// <summary>Rows of a table: weight [count, D], whole numbers [...] -> [..., D].</summary>
            /// <remarks>
            /// PyTorch has it, TorchSharp does not: code that must also build on the package uses the module
            /// or indexing.
            /// </remarks>
            public static Tensor embedding(Tensor input, Tensor weight, long? padding_idx = null,
                bool sparse = false) =>
                Op.Call("embedding", weight, input, padding_idx ?? -1, false, sparse);

            /// <summary>
            /// Whole numbers [...] -> [..., classes] with a 1 at each number; classes −1 is the largest + 1.
            /// </summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1) =>
                Op.Call("one_hot", x, num_classes);

            // Convolutions: input [N, C, sizes...], weight [D, C/groups, kernel...] (transposed [C, D/groups,
            // kernel...]).

            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null,
                long? padding = null, long? dilation = null, long groups = 1) =>
                Op.Call("conv1d", input, weight, bias, One(stride, 1), One(padding, 0), One(dilation, 1),
                    groups);

            public static Tensor conv1d_padding(Tensor input, Tensor weight, Tensor? bias = null,
                long? stride = null, Padding padding = Padding.Valid, long? dilation = null,
                long groups = 1) =>
                Op.Call("conv1d.padding", input, weight, bias, One(stride, 1), Name(padding),
                    One(dilation, 1), groups);

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null,
                long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Op.Call("conv2d", input, weight, bias, strides ?? [1, 1], padding ?? [0, 0],
                    dilation ?? [1, 1], groups);

            public static Tensor conv2d_padding(Tensor input, Tensor weight, Tensor? bias = null,
                long[]? strides = null, Padding padding = Padding.Valid, long[]? dilation = null,
                long groups = 1) =>
                Op.Call("conv2d.padding", input, weight, bias, strides ?? [1, 1], Name(padding),
                    dilation ?? [1, 1], groups);

            public static Tensor conv3d(Tensor input, Tensor weight, Tensor? bias = null,
                long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Op.Call("conv3d", input, weight, bias, strides ?? [1, 1, 1], padding ?? [0, 0, 0],
                    dilation ?? [1, 1, 1], groups);

            public static Tensor conv_transpose1d(Tensor input, Tensor weight, Tensor? bias = null,
                long? stride = null, long? padding = null, long? output_padding = null, long? dilation = null,
                long groups = 1) =>
                Op.Call("conv_transpose1d", input, weight, bias, One(stride, 1), One(padding, 0),
                    One(output_padding, 0), groups, One(dilation, 1));

            public static Tensor conv_transpose2d(Tensor input, Tensor weight, Tensor? bias = null,
                long[]? strides = null, long[]? padding = null, long[]? output_padding = null,
                long[]? dilation = null, long groups = 1) =>
                Op.Call("conv_transpose2d.input", input, weight, bias, strides ?? [1, 1], padding ?? [0, 0],
                    output_padding ?? [0, 0], groups, dilation ?? [1, 1]);

            // Dropout: in training, zero with probability p, the rest scaled by 1/(1 − p); else the input.

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true,
                bool inplace = false) =>
                Op.Call(inplace ? "dropout_" : "dropout", input, p, training);

            public static Tensor dropout1d(Tensor input, double p = 0.5, bool training = true,
                bool inplace = false)
            {
                if (input.dim() != 2)
                    return Op.Call(inplace ? "feature_dropout_" : "feature_dropout", input, p, training);
                using var batch = Op.Call("unsqueeze", input, 0);
                using var kept = Op.Call(inplace ? "feature_dropout_" : "feature_dropout", batch, p,
                    training);
                return Op.Call("squeeze.dim", kept, 0);
            }

            public static Tensor dropout2d(Tensor input, double p = 0.5, bool training = true,
                bool inplace = false) =>
                Op.Call(inplace ? "feature_dropout_" : "feature_dropout", input, p, training);

            public static Tensor alpha_dropout(Tensor input, double p = 0.5, bool training = false,
                bool inplace = false) =>
                Op.Call(inplace ? "alpha_dropout_" : "alpha_dropout", input, p, training);

            public static Tensor feature_alpha_dropout(Tensor input, double p = 0.5, bool training = false,
                bool inplace = false) =>
                Op.Call(inplace ? "feature_alpha_dropout_" : "feature_alpha_dropout", input, p, training);

            // Normalisation: (x − mean)/√(variance + eps)·weight + bias, over the axes that the name says.

            /// <summary>x / max(‖x‖ₚ, eps) along an axis.</summary>
            public static Tensor normalize(Tensor input, double p = 2.0, long dim = 1L, double eps = 1e-12)
            {
                using var norm = Op.Call("linalg_vector_norm", input, p, new[] { dim }, true);
                using var divisor = Op.Call("clamp_min", norm, eps);
                return Op.Call("div.Tensor", input, divisor);
            }

            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var,
                Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1,
                double eps = 1e-5) =>
                Op.Call("batch_norm", input, weight, bias, running_mean, running_var, training, momentum, eps,
                    true);

            public static Tensor instance_norm(Tensor input, Tensor? running_mean = null,
                Tensor? running_var = null, Tensor? weight = null, Tensor? bias = null,
                bool use_input_stats = true, double momentum = 0.1, double eps = 1e-5) =>
                Op.Call("instance_norm", input, weight, bias, running_mean, running_var, use_input_stats,
                    momentum, eps, true);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null,
                Tensor? bias = null, double eps = 1e-5) =>
                Op.Call("layer_norm", input, normalized_shape, weight, bias, eps);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null,
                Tensor? bias = null, double eps = 1e-5) =>
                Op.Call("group_norm", input, num_groups, weight, bias, eps);

            /// <summary>x1·x2 / max(‖x1‖ ‖x2‖, eps) along an axis.</summary>
            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-8) =>
                Op.Call("cosine_similarity", x1, x2, dim, eps);

            /// <summary>‖x1 − x2 + eps‖ₚ along the last axis.</summary>
            public static Tensor pairwise_distance(Tensor input1, Tensor input2, double p = 2.0,
                double eps = 1e-6, bool keepdim = false) =>
                Op.Call("pairwise_distance", input1, input2, p, eps, keepdim);

            /// <summary>
            /// softmax(Q Kᵀ/√E + mask) V: [..., L, E], [..., S, E], [..., S, F] -> [..., L, F].
            /// </summary>
            /// <param name="attn_mask">[..., L, S]: true for pairs that take part, or numbers to add to the
            /// scores.</param>
            /// <param name="is_casual">Whether a step sees only itself and those before it (the name is
            /// TorchSharp's).</param>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value,
                Tensor? attn_mask = null, double p = 0.0, bool is_casual = false)
            {
                if (p < 0)
                    throw new ArgumentException($"A dropout probability is not negative, got {p}.",
                        nameof(p));
                if (is_casual && attn_mask is not null)
                    throw new ArgumentException("A causal mask and one of your own exclude each other.",
                        nameof(attn_mask));
                using var scope = NewDisposeScope();
                var scores = Op.Call("matmul", query * (1 / Math.Sqrt(query.shape[^1])),
                    key.transpose(-2, -1));
                if (is_casual)
                    attn_mask = Op.Call("tril", ones([query.shape[^2], key.shape[^2]], dtype: ScalarType.Bool,
                        device: query.device));
                if (attn_mask?.dtype == ScalarType.Bool)
                    scores = Op.Call("masked_fill.Scalar", scores, Op.Call("logical_not", attn_mask),
                        double.NegativeInfinity);
                else if (attn_mask is not null) scores = scores + attn_mask;
                var weights = softmax(scores, -1);
                if (p > 0) weights = dropout(weights, p);
                return Op.Call("matmul", weights, value).MoveToOuterDisposeScope();
            }

            private static long[] One(long? value, long missing) => [value ?? missing];

            private static string Name(Padding padding) => padding == Padding.Same ? "same" : "valid";
        }
    }
}
