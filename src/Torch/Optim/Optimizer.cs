using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Optimizers and learning-rate schedules.</summary>
    public static partial class optim
    {
        /// <summary>
        /// What every optimizer offers: a step, gradients set to zero, groups of parameters.
        /// </summary>
        public abstract class Optimizer : IDisposable
        {
            private protected readonly List<ParamGroup> _parameter_groups = [];

            /// <summary>The parameter groups, as learning-rate schedules see them.</summary>
            public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

            /// <summary>All parameters of all groups, in the order they were given.</summary>
            public virtual IEnumerable<Parameter> parameters() =>
                _parameter_groups.SelectMany(group => group.Parameters);

            /// <summary>
            /// Sets the gradients of all parameters to zero; gradients that are not there stay so.
            /// </summary>
            public virtual void zero_grad() => zero_grad(false);

            /// <summary>Clears the gradients of all parameters.</summary>
            /// <param name="set_to_none">
            /// Whether gradients are released and not filled with zeros: saves memory and one pass, and the
            /// next step leaves parameters alone that no gradient reached. TorchSharp itself has only
            /// zero_grad().
            /// </param>
            public abstract void zero_grad(bool set_to_none);

            /// <summary>Updates the parameters once from their gradients.</summary>
            /// <param name="closure">
            /// Computes the loss anew, gradients included; most optimizers do without.
            /// </param>
            /// <returns>What the closure returned; null without a closure.</returns>
            public abstract Tensor? step(Func<Tensor>? closure = null);

            /// <summary>Adds a group; options that it leaves open are the optimizer's.</summary>
            public abstract void add_param_group(ParamGroup param_group);

            /// <summary>Releases the optimizer's state; the parameters live on.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Releases what the optimizer holds.</summary>
            protected virtual void Dispose(bool disposing)
            {
            }

            /// <summary>
            /// An optimizer's options and states, as <see cref="OptimizerHelper.state_dict"/> gives them.
            /// </summary>
            public sealed class StateDictionary
            {
                internal StateDictionary()
                {
                }

                /// <summary>The options, one entry a parameter group.</summary>
                public List<OptimizerOptions> Options { get; } = [];

                /// <summary>The states, one entry a parameter.</summary>
                public List<OptimizerState> State { get; } = [];

                /// <summary>For each group the places of its parameters in <see cref="State"/>.</summary>
                public List<List<int>> StateIndexRef { get; } = [];
            }
        }

        /// <summary>What a learning-rate schedule reads and sets: a parameter group.</summary>
        public interface ILearningRateController
        {
            /// <summary>The rate in use.</summary>
            double LearningRate { get; set; }

            /// <summary>The rate that schedules start from.</summary>
            double InitialLearningRate { get; set; }
        }

        /// <summary>An optimizer or group with a momentum, which some schedules move.</summary>
        public interface IMomentum
        {
            /// <summary>The momentum factor.</summary>
            double Momentum { get; set; }
        }

        /// <summary>
        /// An optimizer or group with two betas, which some schedules move instead of a momentum.
        /// </summary>
        public interface IBetas
        {
            /// <summary>The decay of the running mean and of the running mean of squares.</summary>
            (double, double) Betas { get; set; }
        }
    }
}
