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
            /// RMSprop (Hinton, lecture 6 of "Neural networks for machine learning", 2012).
            /// </summary>
            /// <param name="parameters">The parameters to train.</param>
            /// <param name="lr">The step length.</param>
            /// <param name="alpha">The decay of the running mean of squared gradients.</param>
            /// <param name="eps">Added to the denominator.</param>
            /// <param name="weight_decay">
            /// L2 penalty: this times the parameter is added to its gradient.
            /// </param>
            /// <param name="momentum">The share of the last step that is kept.</param>
            /// <param name="centered">Whether the denominator is the deviation, the mean taken off.</param>
            /// <param name="maximize">Whether to climb.</param>
            public static RMSProp RMSProp(
                IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8,
                double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);

            /// <inheritdoc cref="RMSProp(IEnumerable{Parameter}, double, double, double, double, double,
            /// bool, bool)"/>
            public static RMSProp RMSProp(
                IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.01, double alpha =
                0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false,
                bool maximize = false) =>
                new(parameters.Select(named => named.parameter), lr, alpha, eps, weight_decay, momentum,
                    centered, maximize);

            /// <inheritdoc cref="RMSProp(IEnumerable{Parameter}, double, double, double, double, double,
            /// bool, bool)"/>
            public static RMSProp RMSProp(
                IEnumerable<RMSProp.ParamGroup> parameters, double lr = 0.01, double alpha = 0.99, double eps
                = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize =
                false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>RMSprop (Hinton, lecture 6 of "Neural networks for machine learning", 2012).</summary>
    public sealed class RMSProp : OptimizerHelper, IMomentum
    {
        /// <summary>An optimizer of one group.</summary>
        public RMSProp(
            IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8,
            double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, alpha, eps, weight_decay, momentum,
                centered, maximize)
        {
        }

        /// <summary>An optimizer of several groups.</summary>
        public RMSProp(
            IEnumerable<ParamGroup> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8,
            double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
            : base(
                new Options
                {
                    LearningRate = Check.NotNegative(lr), alpha = Check.NotNegative(alpha), eps =
                    Check.NotNegative(eps), weight_decay = Check.NotNegative(weight_decay), momentum =
                    Check.NotNegative(momentum), centered = centered, maximize = maximize,
                },
                parameters)
        {
        }

        /// <inheritdoc/>
        public double Momentum
        {
            get => ((Options)_defaults).momentum!.Value;
            set => ((Options)_defaults).momentum = value;
        }

        private protected override OptimizerOptions NewOptions() => new Options();

        private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

        private protected override void Step(Modules.ParamGroup group)
        {
            var options = (Options)group.Options!;
            var (alpha, lr) = (options.alpha!.Value, options.LearningRate!.Value);
            foreach (var batch in DenseBatches<State>(group))
            {
                batch.Adjust(options.maximize!.Value, options.weight_decay!.Value);
                var squares = batch.Of(state => state.square_avg);
                Foreach.Mul_(squares, alpha);
                Foreach.Addcmul_(squares, batch.Gradients, batch.Gradients, 1 - alpha);
                var deviation = options.centered!.Value ? Centered(batch, squares, alpha)
                    : Foreach.Sqrt(squares);
                Foreach.Add_(deviation, options.eps!.Value);
                if (options.momentum > 0)
                {
                    var buffers = batch.Of(state => state.momentum_buffer!);
                    Foreach.Mul_(buffers, options.momentum!.Value);
                    Foreach.Addcdiv_(buffers, batch.Gradients, deviation, 1);
                    Foreach.Add_(batch.Parameters, buffers, -lr);
                }
                else
                {
                    Foreach.Addcdiv_(batch.Parameters, batch.Gradients, deviation, -lr);
                }
            }
        }

        private static Tensor[] Centered(Batch<State> batch, Tensor[] squares, double alpha)
        {
            var means = batch.Of(state => state.grad_avg!);
            Foreach.Mul_(means, alpha);
            Foreach.Add_(means, batch.Gradients, 1 - alpha);
            var variance = Foreach.Addcmul(squares, means, means, -1);
            Foreach.Sqrt_(variance);
            return variance;
        }

        /// <summary>What RMSProp remembers of a parameter.</summary>
        public sealed class State : OptimizerState
        {
            /// <summary>The state of a parameter.</summary>
            public State(Parameter parameter)
                : base(parameter, counts: true, always: 1, optional: 2)
            {
            }

            /// <summary>The running mean of squared gradients.</summary>
            public Tensor square_avg
            {
                get => Get(0)!;
                set => Put(0, value);
            }

            /// <summary>The momentum.</summary>
            public Tensor? momentum_buffer
            {
                get => Get(1);
                set => Put(1, value);
            }

            /// <summary>The running mean of gradients.</summary>
            public Tensor? grad_avg
            {
                get => Get(2);
                set => Put(2, value);
            }

            /// <inheritdoc/>
            public override void Initialize(OptimizerOptions options)
            {
                base.Initialize(options);
                // Both from the start, as a schedule may bring a momentum later and files have both.
                momentum_buffer = zeros_like(_parameter);
                grad_avg = zeros_like(_parameter);
            }
        }

        /// <summary>RMSProp's options.</summary>
        public sealed class Options : OptimizerOptions
        {
            public double? alpha;
            public double? eps;
            public double? weight_decay;
            public double? momentum;
            public bool? centered;
            public bool? maximize;

            internal override void Visit(IOptionVisitor visitor)
            {
                visitor.On(ref maximize);
                visitor.On(ref momentum);
                visitor.On(ref alpha);
                visitor.On(ref eps);
                visitor.On(ref weight_decay);
                visitor.On(ref centered);
            }
        }

        /// <summary>A parameter group of RMSProp.</summary>
        public sealed class ParamGroup : ParamGroup<Options>, IMomentum
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                : base(parameters, options)
            {
            }

            public ParamGroup(
                IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8,
                double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
                : base(parameters, new Options
                {
                    LearningRate = lr, alpha = alpha, eps = eps, weight_decay = weight_decay, momentum =
                    momentum, centered = centered, maximize = maximize,
                })
            {
            }

            /// <inheritdoc/>
            public double Momentum
            {
                get => Options.momentum!.Value;
                set => Options.momentum = value;
            }
        }
    }
}
