using TorchSharp.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Adagrad (Duchi, Hazan and Singer 2011).</summary>
            /// <param name="parameters">The parameters to train.</param>
            /// <param name="lr">The step length.</param>
            /// <param name="lr_decay">How fast the step length falls: lr / (1 + (t - 1) lr_decay).</param>
            /// <param name="weight_decay">
            /// L2 penalty: this times the parameter is added to its gradient.
            /// </param>
            /// <param name="initial_accumulator_value">What the sums of squares start from.</param>
            /// <param name="eps">Added to the denominator.</param>
            public static Adagrad Adagrad(
                IEnumerable<Parameter> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay
                = 0, double initial_accumulator_value = 0, double eps = 1e-10) =>
                new(parameters, lr, lr_decay, weight_decay, initial_accumulator_value, eps);

            /// <inheritdoc cref="Adagrad(IEnumerable{Parameter}, double, double, double, double, double)"/>
            public static Adagrad Adagrad(
                IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-2, double lr_decay
                = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10) =>
                new(parameters.Select(named => named.parameter), lr, lr_decay, weight_decay,
                    initial_accumulator_value, eps);

            /// <inheritdoc cref="Adagrad(IEnumerable{Parameter}, double, double, double, double, double)"/>
            public static Adagrad Adagrad(
                IEnumerable<Adagrad.ParamGroup> parameters, double lr = 1e-2, double lr_decay = 0, double
                weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10) =>
                new(parameters, lr, lr_decay, weight_decay, initial_accumulator_value, eps);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Adagrad (Duchi, Hazan and Singer 2011); dense and sparse gradients.</summary>
    public sealed class Adagrad : OptimizerHelper
    {
        /// <summary>An optimizer of one group.</summary>
        public Adagrad(
            IEnumerable<Parameter> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay = 0,
            double initial_accumulator_value = 0, double eps = 1e-10)
            : this([new ParamGroup { Parameters = parameters }], lr, lr_decay, weight_decay,
                initial_accumulator_value, eps)
        {
        }

        /// <summary>An optimizer of several groups.</summary>
        public Adagrad(
            IEnumerable<ParamGroup> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay =
            0, double initial_accumulator_value = 0, double eps = 1e-10)
            : base(
                new Options
                {
                    LearningRate = Check.NotNegative(lr), lr_decay = Check.NotNegative(lr_decay), weight_decay
                    = Check.NotNegative(weight_decay), initial_accumulator_value =
                    Check.NotNegative(initial_accumulator_value), eps = Check.NotNegative(eps),
                },
                parameters)
        {
        }

        private protected override OptimizerOptions NewOptions() => new Options();

        private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

        private protected override void Step(Modules.ParamGroup group)
        {
            var options = (Options)group.Options!;
            var found = WithGradient<State>(group);
            found.ForEach(entry => entry.State.step++);
            var dense = found.Where(entry => !entry.Gradient.is_sparse);
            foreach (var entries in dense.GroupBy(entry => entry.State.step))
            {
                var batch = new Batch<State>([.. entries]);
                batch.Adjust(maximize: false, options.weight_decay!.Value);
                var sums = batch.Of(state => state.sum);
                var rate = Rate(options, batch.Step);
                if (OnePass.Takes(batch.Parameters, batch.Gradients, sums))
                {
                    for (var i = 0; i < sums.Length; i++)
                        OnePass.Adagrad(
                            batch.Parameters[i], batch.Gradients[i], sums[i], options.eps!.Value, rate);
                    continue;
                }
                Foreach.Addcmul_(sums, batch.Gradients, batch.Gradients, 1);
                var deviation = Foreach.Sqrt(sums);
                Foreach.Add_(deviation, options.eps!.Value);
                Foreach.Addcdiv_(batch.Parameters, batch.Gradients, deviation, -rate);
            }

            // The lists of the foreach operators hold no sparse tensors.
            foreach (var (parameter, gradient, state) in found.Where(entry => entry.Gradient.is_sparse))
            {
                StepSparse(parameter, gradient, state, options);
            }
        }

        private static double Rate(Options options, long step) =>
            options.LearningRate!.Value / (1 + ((step - 1) * options.lr_decay!.Value));

        // Only the rows that the gradient names change; they are made unique first, since the square is not
        // linear.
        private static void StepSparse(Parameter parameter, Tensor gradient, State state, Options options)
        {
            if (options.weight_decay != 0)
            {
                throw new InvalidOperationException(
                    "Adagrad's weight_decay does not go with sparse gradients: set it to 0, or use Embedding "
                    + "with sparse: false.");
            }
            var unique = gradient.coalesce();
            var values = Op.Call("_values", unique);
            var where = Op.Call("_indices", unique);
            Tensor Sparse(Tensor entries) => sparse_coo_tensor(where, entries, unique.shape);
            state.sum.add_(Sparse(values.square()));
            var sums = Op.Call("_values", Op.Call("sparse_mask", state.sum, unique));
            var direction = values.div(sums.sqrt().add_(options.eps!.Value));
            parameter.add_(Sparse(direction), alpha: -Rate(options, state.step));
        }

        /// <summary>What Adagrad remembers of a parameter.</summary>
        public sealed class State : OptimizerState
        {
            /// <summary>The state of a parameter.</summary>
            public State(Parameter parameter)
                : base(parameter, counts: true, always: 1, optional: 0)
            {
            }

            /// <summary>The sum of squared gradients.</summary>
            public Tensor sum
            {
                get => Get(0)!;
                set => Put(0, value);
            }

            /// <inheritdoc/>
            public override void Initialize(OptimizerOptions options)
            {
                base.Initialize(options);
                sum.fill_(((Options)options).initial_accumulator_value!.Value);
            }
        }

        /// <summary>Adagrad's options.</summary>
        public sealed class Options : OptimizerOptions
        {
            public double? lr_decay;
            public double? weight_decay;
            public double? initial_accumulator_value;
            public double? eps;

            internal override void Visit(IOptionVisitor visitor)
            {
                visitor.On(ref lr_decay);
                visitor.On(ref initial_accumulator_value);
                visitor.On(ref eps);
                visitor.On(ref weight_decay);
            }
        }

        /// <summary>A parameter group of Adagrad.</summary>
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
                IEnumerable<Parameter> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay
                = 0, double initial_accumulator_value = 0, double eps = 1e-10)
                : base(parameters, new Options
                {
                    LearningRate = lr, lr_decay = lr_decay, weight_decay = weight_decay,
                    initial_accumulator_value = initial_accumulator_value, eps = eps,
                })
            {
            }
        }
    }
}
