using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>
            /// Adam (Kingma and Ba 2015), with AMSGrad (Reddi et al. 2018) where asked for.
            /// </summary>
            /// <param name="parameters">The parameters to train.</param>
            /// <param name="lr">The step length.</param>
            /// <param name="beta1">The decay of the running mean of gradients.</param>
            /// <param name="beta2">The decay of the running mean of their squares.</param>
            /// <param name="eps">Added to the denominator.</param>
            /// <param name="weight_decay">
            /// L2 penalty: this times the parameter is added to its gradient.
            /// </param>
            /// <param name="amsgrad">Whether the denominator never falls.</param>
            /// <param name="maximize">Whether to climb.</param>
            public static Adam Adam(
                IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            /// <inheritdoc cref="Adam(IEnumerable{Parameter}, double, double, double, double, double, bool,
            /// bool)"/>
            public static Adam Adam(
                IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3,
                double beta1 = 0.9,
                double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false,
                bool maximize = false) =>
                new(parameters.Select(named => named.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad,
                    maximize);

            /// <inheritdoc cref="Adam(IEnumerable{Parameter}, double, double, double, double, double, bool,
            /// bool)"/>
            public static Adam Adam(
                IEnumerable<Adam.ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9,
                double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>
    /// Adam; see <see cref="torch.optim.Adam(IEnumerable{Parameter}, double, double, double, double, double,
    /// bool, bool)"/>.
    /// </summary>
    public class Adam : OptimizerHelper, IBetas
    {
        /// <summary>An optimizer of one group.</summary>
        public Adam(
            IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
            double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad,
                maximize)
        {
        }

        /// <summary>An optimizer of several groups.</summary>
        public Adam(
            IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
            double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : base(
                new Options
                {
                    LearningRate = Check.NotNegative(lr), beta1 = Check.Share(beta1),
                    beta2 = Check.Share(beta2),
                    eps = Check.NotNegative(eps), weight_decay = Check.NotNegative(weight_decay),
                    amsgrad = amsgrad,
                    maximize = maximize,
                },
                parameters)
        {
        }

        /// <inheritdoc/>
        public (double, double) Betas
        {
            get => (((Options)_defaults).beta1!.Value, ((Options)_defaults).beta2!.Value);
            set => (((Options)_defaults).beta1, ((Options)_defaults).beta2) = value;
        }

        private protected override OptimizerOptions NewOptions() => new Options();

        private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

        private protected override void Step(Modules.ParamGroup group)
        {
            var options = (Options)group.Options!;
            foreach (var batch in DenseBatches<State>(group))
            {
                Decay(batch, options);
                AdamStep.Take(
                    batch, batch.Of(state => state.exp_avg), batch.Of(state => state.exp_avg_sq),
                    options.amsgrad!.Value ? batch.Of(state => state.max_exp_avg_sq!) : null,
                    options.beta1!.Value, options.beta2!.Value, options.eps!.Value,
                    options.LearningRate!.Value);
            }
        }

        /// <summary>Turns the gradients where it is to climb, and adds the L2 penalty's.</summary>
        private protected virtual void Decay(Batch<State> batch, Options options) =>
            batch.Adjust(options.maximize!.Value, options.weight_decay!.Value);

        /// <summary>What Adam remembers of a parameter.</summary>
        public sealed class State : OptimizerState
        {
            /// <summary>The state of a parameter.</summary>
            public State(Parameter parameter)
                : base(parameter, counts: true, always: 2, optional: 1)
            {
            }

            /// <summary>The running mean of gradients.</summary>
            public Tensor exp_avg
            {
                get => Get(0)!;
                set => Put(0, value);
            }

            /// <summary>The running mean of their squares.</summary>
            public Tensor exp_avg_sq
            {
                get => Get(1)!;
                set => Put(1, value);
            }

            /// <summary>The largest such mean so far; null without AMSGrad.</summary>
            public Tensor? max_exp_avg_sq
            {
                get => Get(2);
                set => Put(2, value);
            }

            /// <inheritdoc/>
            public override void Initialize(OptimizerOptions options)
            {
                base.Initialize(options);
                if (((Options)options).amsgrad == true)
                {
                    max_exp_avg_sq = zeros_like(_parameter);
                }
            }
        }

        /// <summary>Adam's options.</summary>
        public sealed class Options : OptimizerOptions
        {
            public double? beta1;
            public double? beta2;
            public double? weight_decay;
            public double? eps;
            public bool? amsgrad;
            public bool? maximize;

            internal override void Visit(IOptionVisitor visitor)
            {
                visitor.On(ref beta1);
                visitor.On(ref beta2);
                visitor.On(ref eps);
                visitor.On(ref weight_decay);
                visitor.On(ref amsgrad);
                visitor.On(ref maximize);
            }
        }

        /// <summary>A parameter group of Adam.</summary>
        public sealed class ParamGroup : ParamGroup<Options>, IBetas
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                : base(parameters, options)
            {
            }

            public ParamGroup(
                IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                : base(parameters, new Options
                {
                    LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay,
                    amsgrad = amsgrad, maximize = maximize,
                })
            {
            }

            /// <inheritdoc/>
            public (double, double) Betas
            {
                get => (Options.beta1!.Value, Options.beta2!.Value);
                set => (Options.beta1, Options.beta2) = value;
            }
        }
    }
}
