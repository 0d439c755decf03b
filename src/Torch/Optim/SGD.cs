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
            /// Stochastic gradient descent, with momentum (Polyak's or Nesterov's) where one is given.
            /// </summary>
            /// <param name="parameters">The parameters to train.</param>
            /// <param name="learningRate">The step length.</param>
            /// <param name="momentum">The share of the last step that is kept.</param>
            /// <param name="dampening">What the gradient's share in the momentum falls short of 1.</param>
            /// <param name="weight_decay">
            /// L2 penalty: this times the parameter is added to its gradient.
            /// </param>
            /// <param name="nesterov">
            /// Whether the momentum looks ahead; needs a momentum and no dampening.
            /// </param>
            /// <param name="maximize">Whether to climb.</param>
            public static SGD SGD(
                IEnumerable<Parameter> parameters, double learningRate, double momentum = 0,
                double dampening = 0, double weight_decay = 0, bool nesterov = false,
                bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            /// <inheritdoc cref="SGD(IEnumerable{Parameter}, double, double, double, double, bool, bool)"/>
            public static SGD SGD(
                IEnumerable<(string name, Parameter parameter)> parameters, double learningRate,
                double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false,
                bool maximize = false) =>
                new(parameters.Select(named => named.parameter), learningRate, momentum, dampening,
                    weight_decay, nesterov, maximize);

            /// <inheritdoc cref="SGD(IEnumerable{Parameter}, double, double, double, double, bool, bool)"/>
            public static SGD SGD(
                IEnumerable<SGD.ParamGroup> parameters, double learningRate, double momentum = 0,
                double dampening = 0, double weight_decay = 0, bool nesterov = false,
                bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Stochastic gradient descent; dense and sparse gradients.</summary>
    /// <remarks>
    /// With maximize the gradient changes sign before weight decay, as in PyTorch: the penalty still shrinks
    /// the parameters (TorchSharp changes the sign of both).
    /// </remarks>
    public sealed class SGD : OptimizerHelper, IMomentum
    {
        /// <summary>An optimizer of one group.</summary>
        public SGD(
            IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0,
            double weight_decay = 0, bool nesterov = false, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay,
                nesterov, maximize)
        {
        }

        /// <summary>An optimizer of several groups.</summary>
        public SGD(
            IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0,
            double weight_decay = 0, bool nesterov = false, bool maximize = false)
            : base(
                new Options
                {
                    LearningRate = Check.NotNegative(lr), momentum = Check.NotNegative(momentum),
                    dampening = dampening,
                    weight_decay = Check.NotNegative(weight_decay), nesterov = nesterov, maximize = maximize,
                },
                parameters)
        {
            if (nesterov && (momentum <= 0 || dampening != 0))
            {
                throw new ArgumentException(
                    "Nesterov momentum needs a momentum above 0 and a dampening of 0.");
            }
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
            var found = WithGradient<State>(group);
            var dense = new Batch<State>([.. found.Where(entry => !entry.Gradient.is_sparse)]);
            dense.Adjust(options.maximize!.Value, options.weight_decay!.Value);
            if (options.momentum != 0)
            {
                dense.Along(Momentums(dense, options));
            }
            Foreach.Add_(dense.Parameters, dense.Gradients, -options.LearningRate!.Value);

            // The lists of the foreach operators hold no sparse tensors.
            foreach (var (parameter, gradient, state) in found.Where(entry => entry.Gradient.is_sparse))
            {
                StepSparse(parameter, gradient, state, options);
            }
        }

        private static Tensor[] Momentums(Batch<State> batch, Options options)
        {
            var older = batch.States.Select(state => state.momentum_buffer is not null).ToArray();
            Tensor[] Older(Tensor[] all) => [.. all.Where((_, i) => older[i])];
            for (var i = 0; i < older.Length; i++)
            {
                batch.States[i].momentum_buffer ??= batch.Gradients[i].clone();
            }
            var buffers = batch.Of(state => state.momentum_buffer!);
            var known = Older(buffers);
            Foreach.Mul_(known, options.momentum!.Value);
            Foreach.Add_(known, Older(batch.Gradients), 1 - options.dampening!.Value);
            return options.nesterov!.Value
                ? Foreach.Add(batch.Gradients, buffers, options.momentum.Value)
                : buffers;
        }

        private static void StepSparse(Parameter parameter, Tensor gradient, State state, Options options)
        {
            if (options.weight_decay != 0)
            {
                throw new InvalidOperationException(
                    "SGD's weight_decay does not go with sparse gradients: set it to 0, or use Embedding "
                    + "with sparse: false.");
            }
            var direction = options.maximize!.Value ? gradient.neg() : gradient;
            if (options.momentum != 0)
            {
                var first = state.momentum_buffer is null;
                state.momentum_buffer ??= direction.clone();
                if (!first)
                {
                    state.momentum_buffer.mul_(options.momentum!.Value).add_(direction,
                        alpha: 1 - options.dampening!.Value);
                }
                direction = options.nesterov!.Value
                    ? direction.add(state.momentum_buffer, alpha: options.momentum!.Value)
                    : state.momentum_buffer;
            }
            parameter.add_(direction, alpha: -options.LearningRate!.Value);
        }

        /// <summary>What SGD remembers of a parameter.</summary>
        public sealed class State : OptimizerState
        {
            /// <summary>The state of a parameter.</summary>
            public State(Parameter parameter)
                : base(parameter, counts: false, always: 0, optional: 1)
            {
            }

            /// <summary>The momentum; null before the first step, and without momentum.</summary>
            public Tensor? momentum_buffer
            {
                get => Get(0);
                set => Put(0, value);
            }
        }

        /// <summary>SGD's options.</summary>
        public sealed class Options : OptimizerOptions
        {
            public double? momentum;
            public double? dampening;
            public double? weight_decay;
            public bool? nesterov;
            public bool? maximize;

            internal override void Visit(IOptionVisitor visitor)
            {
                visitor.On(ref momentum);
                visitor.On(ref dampening);
                visitor.On(ref weight_decay);
                visitor.On(ref nesterov);
                visitor.On(ref maximize);
            }
        }

        /// <summary>A parameter group of SGD.</summary>
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
                IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0,
                double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
                : base(parameters, new Options
                {
                    LearningRate = lr, momentum = momentum, dampening = dampening,
                    weight_decay = weight_decay, nesterov = nesterov, maximize = maximize,
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
