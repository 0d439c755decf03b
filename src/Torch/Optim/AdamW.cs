using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
            /// <param name="parameters">The parameters to train.</param>
            /// <param name="lr">The step length.</param>
            /// <param name="beta1">The decay of the running mean of gradients.</param>
            /// <param name="beta2">The decay of the running mean of their squares.</param>
            /// <param name="eps">Added to the denominator.</param>
            /// <param name="weight_decay">
            /// Each step first shrinks a parameter by lr times this; no part of the gradient.
            /// </param>
            /// <param name="amsgrad">Whether the denominator never falls.</param>
            /// <param name="maximize">Whether to climb.</param>
            public static AdamW AdamW(
                IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            /// <inheritdoc cref="AdamW(IEnumerable{Parameter}, double, double, double, double, double, bool,
            /// bool)"/>
            public static AdamW AdamW(
                IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3,
                double beta1 = 0.9,
                double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false,
                bool maximize = false) =>
                new(parameters.Select(named => named.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad,
                    maximize);

            /// <inheritdoc cref="AdamW(IEnumerable{Parameter}, double, double, double, double, double, bool,
            /// bool)"/>
            public static AdamW AdamW(
                IEnumerable<AdamW.ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9,
                double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>
    /// AdamW; see <see cref="torch.optim.AdamW(IEnumerable{Parameter}, double, double, double, double,
    /// double, bool, bool)"/>. It is <see cref="Adam"/> but for what weight decay does.
    /// </summary>
    public sealed class AdamW : Adam
    {
        /// <summary>An optimizer of one group.</summary>
        public AdamW(
            IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
            double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : base(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
        {
        }

        /// <summary>An optimizer of several groups.</summary>
        public AdamW(
            IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
            double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : base(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
        {
        }

        private protected override void Decay(Batch<State> batch, Options options)
        {
            batch.Adjust(options.maximize!.Value, weightDecay: 0);
            Foreach.Mul_(batch.Parameters, 1 - options.LearningRate!.Value * options.weight_decay!.Value);
        }
    }
}
