namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>One schedule after another, changing at the milestones.</summary>
                public sealed class SequentialLR : LRScheduler
                {
                    private readonly LRScheduler[] schedulers;
                    private readonly int[] milestones;

                    public SequentialLR(
                        Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones,
                        int last_epoch = -1)
                        : base(optimizer, last_epoch + 1)
                    {
                        (this.schedulers, this.milestones) = ([.. schedulers], [.. milestones]);
                        if (this.schedulers.Any(other => !ReferenceEquals(other._optimizer, optimizer)))
                        {
                            throw new ArgumentException(
                                "SequentialLR's schedules must all be of its own optimizer.");
                        }
                        if (this.milestones.Length != this.schedulers.Length - 1)
                        {
                            throw new ArgumentException(
                                $"SequentialLR has {this.schedulers.Length} schedules and "
                                + $"{this.milestones.Length} milestones: "
                                + "it needs one milestone fewer than schedules.");
                        }

                        // Each schedule took its step 0 when it was made: only the first one's may stand.
                        foreach (var group in Groups)
                        {
                            group.LearningRate = group.InitialLearningRate;
                        }
                        foreach (var scheduler in this.schedulers)
                        {
                            scheduler._last_epoch--;
                        }
                        this.schedulers[0].step();
                        Last = this.schedulers[0].Last;
                    }

                    /// <inheritdoc/>
                    public override void step(int? epoch)
                    {
                        _last_epoch = epoch ?? _last_epoch + 1;
                        var current = milestones.Count(milestone => milestone <= Epoch);
                        if (current > 0 && milestones[current - 1] == Epoch)
                        {
                            schedulers[current].step(0);
                        }
                        else
                        {
                            schedulers[current].step();
                        }
                        Last = schedulers[current].Last;
                    }
                }

                /// <summary>Several schedules at once: their factors multiply.</summary>
                public sealed class ChainedLR : LRScheduler
                {
                    private readonly LRScheduler[] schedulers;

                    public ChainedLR(IEnumerable<LRScheduler> schedulers)
                    {
                        this.schedulers = [.. schedulers];
                        Last = this.schedulers.Length > 0
                            ? this.schedulers[^1].Last
                            : throw new ArgumentException("ChainedLR needs at least one schedule.");
                    }

                    /// <inheritdoc/>
                    public override void step(int? epoch)
                    {
                        foreach (var scheduler in schedulers)
                        {
                            scheduler.step(epoch);
                        }
                        Last = schedulers[^1].Last;
                    }
                }

                /// <summary>The rate falls when a measure has stopped getting better.</summary>
                public sealed class ReduceLROnPlateau : LRScheduler
                {
                    private readonly bool rises;
                    private readonly bool relative;
                    private readonly double factor;
                    private readonly double threshold;
                    private readonly double eps;
                    private readonly int patience;
                    private readonly int cooldown;
                    private readonly double[] least;
                    private double best;
                    private int bad;
                    private int resting;

                    public ReduceLROnPlateau(
                        Optimizer optimizer, string mode = "min", double factor = 0.1, int patience = 10,
                        double threshold = 1e-4, string threshold_mode = "rel", int cooldown = 0,
                        IList<double>? min_lr = null, double eps = 1e-8, bool verbose = false)
                        : base(optimizer, -1, verbose)
                    {
                        this.factor = factor < 1
                            ? factor
                            : throw new ArgumentException(
                                $"ReduceLROnPlateau's factor is {factor}, but must be below 1.");
                        rises = Choice(mode, "max", "min", nameof(mode));
                        relative = Choice(threshold_mode, "rel", "abs", nameof(threshold_mode));
                        (this.patience, this.cooldown) = (patience, cooldown);
                        (this.threshold, this.eps) = (threshold, eps);
                        least = min_lr is { Count: > 1 }
                            ? PerGroup(min_lr, 0, nameof(min_lr))
                            : PerGroup(null, min_lr is { Count: 1 } ? min_lr[0] : 0, nameof(min_lr));
                        best = rises ? double.NegativeInfinity : double.PositiveInfinity;
                        _last_epoch = 0;
                    }

                    /// <inheritdoc/>
                    public override void step(double current, int? epoch = null)
                    {
                        _last_epoch = epoch ?? _last_epoch + 1;
                        bad = Better(current) ? 0 : bad + 1;
                        if (bad == 0)
                        {
                            best = current;
                        }
                        if (resting > 0)
                        {
                            resting--;
                            bad = 0;
                        }
                        if (bad > patience)
                        {
                            Reduce();
                            (resting, bad) = (cooldown, 0);
                        }
                        Last = [.. Scaled(1)];
                    }

                    /// <summary>Not for this schedule.</summary>
                    /// <exception cref="InvalidOperationException">
                    /// Always: the schedule needs the measure.
                    /// </exception>
                    public override void step(int? epoch) => throw new InvalidOperationException(
                        "ReduceLROnPlateau needs the measure that it watches: call step(double current).");

                    private static bool Choice(string value, string yes, string no, string name) =>
                        value == yes || (value == no ? false : throw new ArgumentException(
                            $"ReduceLROnPlateau's {name} is '{value}', but must be '{no}' or '{yes}'."));

                    private bool Better(double current)
                    {
                        if (relative)
                        {
                            return rises ? current > best * (1 + threshold)
                                : current < best * (1 - threshold);
                        }
                        return rises ? current > best + threshold : current < best - threshold;
                    }

                    private void Reduce()
                    {
                        for (var i = 0; i < Groups.Count; i++)
                        {
                            var old = Groups[i].LearningRate;
                            var rate = Math.Max(old * factor, least[i]);
                            if (old - rate > eps)
                            {
                                Groups[i].LearningRate = rate;
                                Report(i, rate);
                            }
                        }
                    }
                }
            }
        }
    }
}
