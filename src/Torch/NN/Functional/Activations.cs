using TorchSharp.Modules;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Layers and losses as functions, without parameters of their own.</summary>
        public static partial class functional
        {
            // In place, the result is a second handle to the input's storage, which may be disposed on its
            // own.

            /// <summary>max(x, 0).</summary>
            public static Tensor relu(Tensor x, bool inplace = false) =>
                Op.Call(inplace ? "relu_" : "relu", x);

            /// <summary>min(max(x, 0), 6).</summary>
            public static Tensor relu6(Tensor x, bool inplace = false) =>
                Op.Call(inplace ? "relu6_" : "relu6", x);

            /// <summary>x where positive, else slope·x.</summary>
            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01,
                bool inplace = false) =>
                Op.Call(inplace ? "leaky_relu_" : "leaky_relu", input, negative_slope);

            /// <summary>Leaky ReLU with a slope drawn from [lower, upper].</summary>
            public static Tensor rrelu(Tensor x, double lower = 1.0 / 8, double upper = 1.0 / 3,
                bool inplace = false) =>
                Op.Call(inplace ? "rrelu_" : "rrelu", x, lower, upper);

            /// <summary>Leaky ReLU with given slopes, [1] or [C].</summary>
            public static Tensor prelu(Tensor input, Tensor weight) => Op.Call("prelu", input, weight);

            /// <summary>x where positive, else α(eˣ − 1).</summary>
            public static Tensor elu(Tensor x, double alpha, bool inplace = false) =>
                Op.Call(inplace ? "elu_" : "elu", x, alpha);

            /// <summary>max(x, 0) + min(0, α(e^(x/α) − 1)).</summary>
            public static Tensor celu(Tensor x, double alpha, bool inplace = false) =>
                Op.Call(inplace ? "celu_" : "celu", x, alpha);

            /// <summary>ELU scaled so that activations keep mean 0 and variance 1.</summary>
            public static Tensor selu(Tensor x, bool inplace = false) =>
                Op.Call(inplace ? "selu_" : "selu", x);

            /// <summary>x Φ(x), Φ the normal distribution function.</summary>
            public static Tensor gelu(Tensor x) => Op.Call("gelu", x);

            public static Tensor gelu(Tensor x, bool inplace) => Op.Call(inplace ? "gelu_" : "gelu", x);

            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false) =>
                Op.Call(inplace ? "gelu_" : "gelu", x,
                    approximate == Modules.GELU.Approximate.tanh ? "tanh" : "none");

            /// <summary>x σ(x).</summary>
            public static Tensor silu(Tensor x, bool inplace = false) =>
                Op.Call(inplace ? "silu_" : "silu", x);

            /// <summary>x tanh(softplus(x)).</summary>
            public static Tensor mish(Tensor x, bool inplace = false) =>
                Op.Call(inplace ? "mish_" : "mish", x);

            /// <summary>1/(1 + e⁻ˣ).</summary>
            public static Tensor sigmoid(Tensor x) => Op.Call("sigmoid", x);

            public static Tensor sigmoid(Tensor x, bool inplace) =>
                Op.Call(inplace ? "sigmoid_" : "sigmoid", x);

            public static Tensor logsigmoid(Tensor x) => Op.Call("log_sigmoid", x);

            public static Tensor tanh(Tensor x, bool inplace = false) =>
                Op.Call(inplace ? "tanh_" : "tanh", x);

            /// <summary>x − tanh(x).</summary>
            public static Tensor tanhshrink(Tensor x, bool inplace = false)
            {
                using var squashed = Op.Call("tanh", x);
                return Op.Call(inplace ? "sub_.Tensor" : "sub.Tensor", x, squashed);
            }

            /// <summary>x/(1 + |x|).</summary>
            public static Tensor softsign(Tensor x, bool inplace = false)
            {
                using var size = Op.Call("abs", x);
                using var divisor = Op.Call("add.Scalar", size, 1);
                return Op.Call(inplace ? "div_.Tensor" : "div.Tensor", x, divisor);
            }

            /// <summary>log(1 + e^(βx))/β, x itself above the threshold.</summary>
            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) =>
                Op.Call("softplus", x, beta, threshold);

            /// <summary>x limited to [min, max].</summary>
            public static Tensor hardtanh(Tensor x, double min_val = -1.0, double max_val = 1.0,
                bool inplace = false) =>
                Op.Call(inplace ? "hardtanh_" : "hardtanh", x, min_val, max_val);

            /// <summary>x relu6(x + 3)/6.</summary>
            public static Tensor hardswish(Tensor input, bool inplace = false) =>
                Op.Call(inplace ? "hardswish_" : "hardswish", input);

            /// <summary>relu6(x + 3)/6.</summary>
            public static Tensor hardsigmoid(Tensor input, bool inplace = false) =>
                Op.Call(inplace ? "hardsigmoid_" : "hardsigmoid", input);

            /// <summary>x, but 0 in [−λ, λ].</summary>
            public static Tensor hardshrink(Tensor x, double lambda = 0.5) =>
                Op.Call("hardshrink", x, lambda);

            /// <summary>x drawn towards 0 by λ.</summary>
            public static Tensor softshrink(Tensor x, double lambda = 0.5) =>
                Op.Call("softshrink", x, lambda);

            /// <summary>x where above the threshold, else the value.</summary>
            public static Tensor threshold(Tensor x, double threshold, double value, bool inplace = false) =>
                Op.Call(inplace ? "threshold_" : "threshold", x, threshold, value);

            /// <summary>First half times σ(second half) along an axis.</summary>
            public static Tensor glu(Tensor input, long dim = -1) => Op.Call("glu", input, dim);

            /// <summary>eˣ/Σeˣ along an axis.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) =>
                Op.Call("softmax.int", input, dim, dtype);

            /// <summary>Softmax over the channels of [N, C, H, W] or [C, H, W].</summary>
            public static Tensor softmax2d(Tensor x) => softmax(x, -3);

            /// <summary>Softmax of −x.</summary>
            public static Tensor softmin(Tensor x, long dim)
            {
                using var negative = Op.Call("neg", x);
                return softmax(negative, dim);
            }

            /// <summary>log softmax, computed without overflow.</summary>
            public static Tensor log_softmax(Tensor x, long dim) => Op.Call("log_softmax.int", x, dim);

            /// <summary>
            /// A softmax sample that lets gradients through (Jang et al. 2017); hard gives one-hot values,
            /// soft gradients.
            /// </summary>
            /// <remarks>
            /// PyTorch has it, TorchSharp does not: code that must also build on the package leaves it alone.
            /// </remarks>
            public static Tensor gumbel_softmax(Tensor logits, double tau = 1, bool hard = false,
                long dim = -1)
            {
                using var scope = NewDisposeScope();
                var gumbel = -Op.Call("log", Op.InPlace("exponential_", Op.Call("empty_like", logits)));
                var soft = softmax((logits + gumbel) / tau, dim);
                if (!hard) return soft.MoveToOuterDisposeScope();
                var best = Op.Call("argmax", soft, dim, true);
                var one = Op.Call("scatter.value", Op.Call("zeros_like", soft), dim, best, 1.0);
                return (one - soft.detach() + soft).MoveToOuterDisposeScope();
            }
        }
    }
}
