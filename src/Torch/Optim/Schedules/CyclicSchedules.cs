namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>
                /// The rate goes up and down between two bounds (Smith 2017); the momentum the other way.
                /// </summary>
                public sealed class CyclicLR : LRScheduler
                {
                    private readonly double[] low;
                    private readonly double[] high;
                    private readonly double[] lowMomentum = [];
                    private readonly double[] highMomentum = [];
                    private readonly bool moves;
                    private readonly double length;
                    private readonly double rising;
                    private readonly Func<double, double> scale;
                    private readonly bool byCycle;

                    /// <summary>How the height of a cycle changes.</summary>
                    public enum Mode
                    {
                        /// <summary>It stays.</summary>
                        Triangular,

                        /// <summary>It halves each cycle.</summary>
                        Triangular2,

                        /// <summary>It is multiplied by gamma each iteration.</summary>
                        ExpRange,
                    }

                    /// <summary>What a scale function of one's own is given.</summary>
                    public enum ScaleMode
                    {
                        /// <summary>The number of the cycle, from 1.</summary>
                        Cycle,

                        /// <summary>The number of the iteration, from 0.</summary>
                        Iterations,
                    }

                    public CyclicLR(
                        Optimizer optimizer, double base_lr, double max_lr, int step_size_up = 2000,
                        int step_size_down = -1, Mode mode = Mode.Triangular, double gamma = 1,
                        Func<double, double>? scale_fn = null, ScaleMode scale_mode = ScaleMode.Cycle,
                        bool cycle_momentum = true, double base_momentum = 0.8, double max_momentum = 0.9,
                        int last_epoch = -1, bool verbose = false)
                        : this(
                            optimizer, Each(optimizer, base_lr), Each(optimizer, max_lr), step_size_up,
                            step_size_down,
                            mode, gamma, scale_fn, scale_mode, cycle_momentum, Each(optimizer, base_momentum),
                            Each(optimizer, max_momentum), last_epoch, verbose)
                    {
                    }

                    public CyclicLR(
                        Optimizer optimizer, IEnumerable<double> base_lr, IEnumerable<double> max_lr,
                        int step_size_up = 2000, int step_size_down = -1, Mode mode = Mode.Triangular,
                        double gamma = 1,
                        Func<double, double>? scale_fn = null, ScaleMode scale_mode = ScaleMode.Cycle,
                        bool cycle_momentum = true, IEnumerable<double>? base_momentum = null,
                        IEnumerable<double>? max_momentum = null, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        low = PerGroup(base_lr, 0, nameof(base_lr));
                        high = PerGroup(max_lr, 0, nameof(max_lr));
                        length = step_size_up + (step_size_down < 0 ? step_size_up : step_size_down);
                        rising = step_size_up / length;
                        byCycle = scale_fn is null ? mode != Mode.ExpRange : scale_mode == ScaleMode.Cycle;
                        scale = scale_fn ?? (mode switch
                        {
                            Mode.Triangular2 => cycle => Math.Pow(2, 1 - cycle),
                            Mode.ExpRange => iteration => Math.Pow(gamma, iteration),
                            _ => _ => 1,
                        });
                        moves = cycle_momentum;
                        if (moves)
                        {
                            if (optimizer is not IMomentum)
                            {
                                throw new ArgumentException(
                                    $"CyclicLR moves the momentum, and {optimizer.GetType().Name} has none: "
                                    + "set cycle_momentum to false.");
                            }
                            lowMomentum = PerGroup(base_momentum, 0.8, nameof(base_momentum));
                            highMomentum = PerGroup(max_momentum, 0.9, nameof(max_momentum));
                        }
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        var cycle = Math.Floor(1 + (Epoch / length));
                        var x = 1 + (Epoch / length) - cycle;
                        var height = x <= rising ? x / rising : (x - 1) / (rising - 1);
                        height *= scale(byCycle ? cycle : Epoch);
                        if (moves)
                        {
                            for (var i = 0; i < Groups.Count; i++)
                            {
                                ((IMomentum)Groups[i]).Momentum =
                                    highMomentum[i] - ((highMomentum[i] - lowMomentum[i]) * height);
                            }
                        }
                        return low.Zip(high, (from, to) => from + ((to - from) * height));
                    }
                }

                /// <summary>
                /// One cycle for the whole training (Smith and Topin 2018): up, then far down.
                /// </summary>
                public sealed class OneCycleLR : LRScheduler
                {
                    private readonly int total;
                    private readonly (double End, double[] From, double[] To, double[] FromMomentum,
                        double[] ToMomentum)[] phases;
                    private readonly AnnealStrategy strategy;
                    private readonly bool moves;

                    /// <summary>How a phase goes from its first rate to its last.</summary>
                    public enum AnnealStrategy
                    {
                        /// <summary>Along half a cosine.</summary>
                        Cos,

                        /// <summary>Evenly.</summary>
                        Linear,
                    }

                    public OneCycleLR(
                        Optimizer optimizer, double max_lr, int total_steps = -1, int epochs = -1,
                        int steps_per_epoch = -1,
                        double pct_start = 0.3, AnnealStrategy anneal_strategy = AnnealStrategy.Cos,
                        bool cycle_momentum = true, double base_momentum = 0.85, double max_momentum = 0.95,
                        double div_factor = 25, double final_div_factor = 1e4, bool three_phase = false,
                        int last_epoch = -1, bool verbose = false)
                        : this(
                            optimizer, Each(optimizer, max_lr), total_steps, epochs, steps_per_epoch,
                            pct_start, anneal_strategy, cycle_momentum, Each(optimizer, base_momentum),
                            Each(optimizer, max_momentum), div_factor, final_div_factor, three_phase,
                            last_epoch, verbose)
                    {
                    }

                    public OneCycleLR(
                        Optimizer optimizer, IEnumerable<double> max_lr, int total_steps = -1,
                        int epochs = -1, int steps_per_epoch = -1, double pct_start = 0.3,
                        AnnealStrategy anneal_strategy = AnnealStrategy.Cos, bool cycle_momentum = true,
                        IEnumerable<double>? base_momentum = null, IEnumerable<double>? max_momentum = null,
                        double div_factor = 25, double final_div_factor = 1e4, bool three_phase = false,
                        int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        total = total_steps > 0 ? total_steps
                            : total_steps == -1 && epochs > 0 && steps_per_epoch > 0
                            ? epochs * steps_per_epoch
                            : throw new ArgumentException(
                                "OneCycleLR needs a positive total_steps, or positive epochs and "
                                + "steps_per_epoch; they are "
                                + $"{total_steps}, {epochs} and {steps_per_epoch}.");
                        if (pct_start is < 0 or > 1)
                        {
                            throw new ArgumentException(
                                $"OneCycleLR's pct_start is {pct_start}, but must be in [0, 1].");
                        }
                        if (cycle_momentum && optimizer is not (IMomentum or IBetas))
                        {
                            throw new ArgumentException(
                                $"OneCycleLR moves the momentum, and {optimizer.GetType().Name} has none: "
                                + "set cycle_momentum to false.");
                        }
                        (strategy, moves) = (anneal_strategy, cycle_momentum);
                        var top = PerGroup(max_lr, 0, nameof(max_lr));
                        double[] first = [.. top.Select(rate => rate / div_factor)];
                        double[] final = [.. first.Select(rate => rate / final_div_factor)];
                        var low = PerGroup(base_momentum, 0.85, nameof(base_momentum));
                        var high = PerGroup(max_momentum, 0.95, nameof(max_momentum));
                        var peak = (pct_start * total) - 1;
                        phases = three_phase
                            ? [(peak, first, top, high, low), (2 * peak, top, first, low, high),
                                (total - 1, first, final, high, high)]
                            : [(peak, first, top, high, low), (total - 1, top, final, low, high)];
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (Epoch > total)
                        {
                            throw new InvalidOperationException(
                                $"OneCycleLR was made for {total} steps, and this is step {Epoch + 1}.");
                        }
                        var i = Array.FindIndex(phases, phase => Epoch <= phase.End);
                        var (end, from, to, fromMomentum, toMomentum) = phases[i < 0 ? ^1 : i];
                        var start = i < 0 ? phases[^2].End : i == 0 ? 0 : phases[i - 1].End;
                        var share = (Epoch - start) / (end - start);
                        if (moves)
                        {
                            for (var group = 0; group < Groups.Count; group++)
                            {
                                Move(Groups[group], Between(fromMomentum[group], toMomentum[group], share));
                            }
                        }
                        return from.Zip(to, (a, b) => Between(a, b, share));
                    }

                    private static void Move(ILearningRateController group, double momentum)
                    {
                        if (group is IBetas betas)
                        {
                            betas.Betas = (momentum, betas.Betas.Item2);
                        }
                        else if (group is IMomentum other)
                        {
                            other.Momentum = momentum;
                        }
                    }

                    private double Between(double from, double to, double share) =>
                        strategy == AnnealStrategy.Cos
                        ? to + ((from - to) / 2 * (Math.Cos(Math.PI * share) + 1))
                        : ((to - from) * share) + from;
                }

                private static IEnumerable<double> Each(Optimizer optimizer, double value) =>
                    Enumerable.Repeat(value, optimizer.ParamGroups.Count());
            }
        }
    }
}
