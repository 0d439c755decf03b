using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Adadelta (Zeiler 2012).</summary>
            /// <param name="parameters">The parameters to train.</param>
            /// <param name="lr">A factor on the step that the method finds.</param>
            /// <param name="rho">The decay of the running means.</param>
            /// <param name="eps">Added to the denominator.</param>
            /// <param name="weight_decay">
            /// L2 penalty: this times the parameter is added to its gradient.
            /// </param>
            /// <param name="maximize">Whether to climb.</param>
            public static Adadelta Adadelta(
                IEnumerable<Parameter> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6,
                double weight_decay = 0, bool maximize = false) =>
                new(parameters, lr, rho, eps, weight_decay, maximize);

            /// <inheritdoc cref="Adadelta(IEnumerable{Parameter}, double, double, double, double, bool)"/>
            public static Adadelta Adadelta(
                IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1.0, double rho = 0.9,
                double eps = 1e-6, double weight_decay = 0, bool maximize = false) =>
                new(parameters.Select(named => named.parameter), lr, rho, eps, weight_decay, maximize);

            /// <inheritdoc cref="Adadelta(IEnumerable{Parameter}, double, double, double, double, bool)"/>
            public static Adadelta Adadelta(
                IEnumerable<Adadelta.ParamGroup> parameters, double lr = 1.0, double rho = 0.9, double eps =
                1e-6, double weight_decay = 0, bool maximize = false) =>
                new(parameters, lr, rho, eps, weight_decay, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Adadelta (Zeiler 2012).</summary>
    public sealed class Adadelta : OptimizerHelper
    {
        /// <summary>An optimizer of one group.</summary>
        public Adadelta(
            IEnumerable<Parameter> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double
            weight_decay = 0, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, rho, eps, weight_decay, maximize)
        {
        }

        /// <summary>An optimizer of several groups.</summary>
        public Adadelta(
            IEnumerable<ParamGroup> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double
            weight_decay = 0, bool maximize = false)
            : base(
                new Options
                {
                    LearningRate = Check.NotNegative(lr), rho = Check.Share(rho), eps =
                    Check.NotNegative(eps), weight_decay = Check.NotNegative(weight_decay), maximize =
                    maximize,
                },
                parameters)
        {
        }

        private protected override OptimizerOptions NewOptions() => new Options();

        private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

        private protected override void Step(Modules.ParamGroup group)
        {
            var options = (Options)group.Options!;
            var (rho, eps) = (options.rho!.Value, options.eps!.Value);
            foreach (var batch in DenseBatches<State>(group))
            {
                batch.Adjust(options.maximize!.Value, options.weight_decay!.Value);
                var squares = batch.Of(state => state.square_avg);
                var steps = batch.Of(state => state.acc_delta);
                Foreach.Mul_(squares, rho);
                Foreach.Addcmul_(squares, batch.Gradients, batch.Gradients, 1 - rho);

                // delta = sqrt(E[delta²] + eps) / sqrt(E[g²] + eps) · g
                var deviation = Foreach.Add(squares, eps);
                Foreach.Sqrt_(deviation);
                var delta = Foreach.Add(steps, eps);
                Foreach.Sqrt_(delta);
                Foreach.Div_(delta, deviation);
                Foreach.Mul_(delta, batch.Gradients);
                Foreach.Mul_(steps, rho);
                Foreach.Addcmul_(steps, delta, delta, 1 - rho);
                Foreach.Add_(batch.Parameters, delta, -options.LearningRate!.Value);
            }
        }

        /// <summary>What Adadelta remembers of a parameter.</summary>
        public sealed class State : OptimizerState
        {
            /// <summary>The state of a parameter.</summary>
            public State(Parameter parameter)
                : base(parameter, counts: true, always: 2, optional: 0)
            {
            }

            /// <summary>The running mean of squared gradients.</summary>
            public Tensor square_avg
            {
                get => Get(0)!;
                set => Put(0, value);
            }

            /// <summary>The running mean of squared steps.</summary>
            public Tensor acc_delta
            {
                get => Get(1)!;
                set => Put(1, value);
            }
        }

        /// <summary>Adadelta's options.</summary>
        public sealed class Options : OptimizerOptions
        {
            public double? rho;
            public double? eps;
            public double? weight_decay;
            public bool? maximize;

            internal override void Visit(IOptionVisitor visitor)
            {
                visitor.On(ref rho);
                visitor.On(ref eps);
                visitor.On(ref weight_decay);
                visitor.On(ref maximize);
            }
        }

        /// <summary>A parameter group of Adadelta.</summary>
        public sealed class ParamGroup : ParamGroup<Options>
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                : base(parameters, options)
            {
            }

            public ParamGroup(
                IEnumerable<Parameter> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6,
                double weight_decay = 0, bool maximize = false)
                : base(parameters, new Options
                {
                    LearningRate = lr, rho = rho, eps = eps, weight_decay = weight_decay, maximize = maximize,
                })
            {
            }
        }
    }
}
