namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>
        /// Learning-rate schedules. Values are PyTorch's, also where TorchSharp's differ from them.
        /// </summary>
        public static partial class lr_scheduler
        {
            /// <summary>Sets the learning rates of an optimizer's groups, epoch by epoch.</summary>
            /// <remarks>
            /// Building a schedule takes its step 0; call <see cref="step()"/> after each epoch's training.
            /// </remarks>
            public abstract class LRScheduler
            {
                internal readonly Optimizer? _optimizer;
                internal int _last_epoch = -1;
                private readonly bool verbose;
                private readonly List<ILearningRateController> groups = [];

                /// <summary>A schedule that leads others and has no optimizer of its own.</summary>
                protected LRScheduler()
                {
                }

                /// <summary>A schedule of an optimizer.</summary>
                /// <param name="optimizer">
                /// Its groups' initial rates are what the schedule starts from.
                /// </param>
                /// <param name="last_epoch">
                /// The epoch before the one that comes; −1 at the start of training.
                /// </param>
                /// <param name="verbose">Whether changes are written to the console.</param>
                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    ArgumentNullException.ThrowIfNull(optimizer);
                    _optimizer = optimizer;
                    _last_epoch = last_epoch;
                    this.verbose = verbose;
                    groups = [.. optimizer.ParamGroups];
                    Initial = [.. groups.Select(group => group.InitialLearningRate)];
                    Last = [.. groups.Select(group => group.LearningRate)];
                }

                /// <summary>The groups' rates at epoch 0.</summary>
                private protected double[] Initial { get; set; } = [];

                /// <summary>The rates of the last step.</summary>
                internal double[] Last { get; set; } = [];

                /// <summary>The groups that the schedule sets.</summary>
                private protected IReadOnlyList<ILearningRateController> Groups => groups;

                /// <summary>The epoch that the rates are for, from 0.</summary>
                private protected int Epoch => _last_epoch;

                /// <summary>Goes on by one epoch.</summary>
                public virtual void step() => step(null);

                /// <summary>Goes to an epoch, or on by one.</summary>
                public virtual void step(int? epoch)
                {
                    _last_epoch = epoch ?? _last_epoch + 1;
                    double[] rates = [.. epoch is null ? get_lr() : get_closed_form_lr()];
                    for (var i = 0; i < groups.Count; i++)
                    {
                        groups[i].LearningRate = rates[i];
                        if (verbose && Last[i] != rates[i])
                        {
                            Console.WriteLine($"Learning rate of group {i}: {rates[i]:g4}");
                        }
                    }
                    Last = rates;
                }

                /// <summary>
                /// Goes on by one epoch, told how training fares; only ReduceLROnPlateau listens.
                /// </summary>
                public virtual void step(double current, int? epoch = null) => step(epoch);

                /// <summary>The rates of the last step, one a group.</summary>
                public IEnumerable<double> get_last_lr() => Last;

                /// <summary>The rates of this epoch from those of the one before.</summary>
                protected virtual IEnumerable<double> get_lr() => Scaled(1);

                /// <summary>The rates of this epoch from the initial ones.</summary>
                protected virtual IEnumerable<double> get_closed_form_lr() => get_lr();

                private protected IEnumerable<double> Scaled(double factor) =>
                    groups.Select(group => group.LearningRate * factor);

                private protected IEnumerable<double> InitialScaled(double factor) =>
                    Initial.Select(rate => rate * factor);

                /// <summary>One value a group, from one for all or one for each.</summary>
                private protected double[] PerGroup(IEnumerable<double>? values, double otherwise,
                    string name)
                {
                    double[] result = values is null ? [.. Enumerable.Repeat(otherwise, groups.Count)]
                        : [.. values];
                    return result.Length == groups.Count ? result : throw new ArgumentException(
                        $"{name} has {result.Length} values, but the optimizer has {groups.Count} parameter "
                        + $"groups.");
                }

                private protected void Report(int group, double rate)
                {
                    if (verbose)
                    {
                        Console.WriteLine($"Epoch {_last_epoch}: learning rate of group {group} falls to "
                            + $"{rate:g4}");
                    }
                }
            }
        }
    }
}
