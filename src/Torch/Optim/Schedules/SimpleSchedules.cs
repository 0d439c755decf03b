namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            // Each class is one formula; the functions of the same names beside `impl` say what it is for.
            public static partial class impl
            {
                /// <summary>The initial rate times a function of the epoch.</summary>
                public sealed class LambdaLR : LRScheduler
                {
                    private readonly Func<int, double>[] factors;

                    public LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1,
                        bool verbose = false)
                        : this(optimizer, optimizer.ParamGroups.Select(_ => lr_lambda), last_epoch, verbose)
                    {
                    }

                    public LambdaLR(
                        Optimizer optimizer, IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1,
                        bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        factors = [.. lr_lambdas];
                        step();
                    }

                    protected override IEnumerable<double> get_lr() =>
                        Initial.Zip(factors, (rate, factor) => rate * factor(Epoch));
                }

                /// <summary>The last rate times a function of the epoch.</summary>
                public sealed class MultiplicativeLR : LRScheduler
                {
                    private readonly Func<int, double>[] factors;

                    public MultiplicativeLR(
                        Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1,
                        bool verbose = false)
                        : this(optimizer, optimizer.ParamGroups.Select(_ => lr_lambda), last_epoch, verbose)
                    {
                    }

                    public MultiplicativeLR(
                        Optimizer optimizer, IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1,
                        bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        factors = [.. lr_lambdas];
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Epoch == 0
                        ? Scaled(1)
                        : Groups.Zip(factors, (group, factor) => group.LearningRate * factor(Epoch));
                }

                /// <summary>The rate times gamma every so many epochs.</summary>
                public sealed class StepLR : LRScheduler
                {
                    private readonly int size;
                    private readonly double gamma;

                    public StepLR(
                        Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1,
                        bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (size, this.gamma) = (step_size, gamma);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() =>
                        Scaled(Epoch > 0 && Epoch % size == 0 ? gamma : 1);

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        InitialScaled(Math.Pow(gamma, Epoch / size));
                }

                /// <summary>
                /// The rate times gamma at each milestone (twice where one is named twice).
                /// </summary>
                public sealed class MultiStepLR : LRScheduler
                {
                    private readonly int[] milestones;
                    private readonly double gamma;

                    public MultiStepLR(
                        Optimizer optimizer, IList<int> milestones, double gamma = 0.1, int last_epoch = -1,
                        bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (this.milestones, this.gamma) = ([.. milestones], gamma);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() =>
                        Scaled(Math.Pow(gamma, milestones.Count(milestone => milestone == Epoch)));

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        InitialScaled(Math.Pow(gamma, milestones.Count(milestone => milestone <= Epoch)));
                }

                /// <summary>The rate falls to 0 as (1 − epoch / total)^power.</summary>
                public sealed class PolynomialLR : LRScheduler
                {
                    private readonly int total;
                    private readonly double power;

                    public PolynomialLR(
                        Optimizer optimizer, int total_iters = 5, double power = 1, int last_epoch = -1,
                        bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (total, this.power) = (total_iters, power);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Epoch == 0 || Epoch > total
                        ? Scaled(1)
                        : Scaled(Math.Pow((1 - ((double)Epoch / total)) / (1 - ((Epoch - 1.0) / total)),
                            power));

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        InitialScaled(Math.Pow(1 - (Math.Min(total, (double)Epoch) / total), power));
                }

                /// <summary>The rate times gamma each epoch.</summary>
                public sealed class ExponentialLR : LRScheduler
                {
                    private readonly double gamma;

                    public ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1,
                        bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        this.gamma = gamma;
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Scaled(Epoch == 0 ? 1 : gamma);

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        InitialScaled(Math.Pow(gamma, Epoch));
                }

                /// <summary>The rate times a factor for the first epochs.</summary>
                public sealed class ConstantLR : LRScheduler
                {
                    private readonly double factor;
                    private readonly int total;

                    public ConstantLR(
                        Optimizer optimizer, double factor = 1.0 / 3, int total_iters = 5,
                        int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (this.factor, total) = (factor, total_iters);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() =>
                        Scaled(Epoch == 0 ? factor : Epoch == total ? 1 / factor : 1);

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        InitialScaled(Epoch >= total ? 1 : factor);
                }

                /// <summary>The rate times a factor that changes evenly over the first epochs.</summary>
                public sealed class LinearLR : LRScheduler
                {
                    private readonly double start;
                    private readonly double end;
                    private readonly int total;

                    public LinearLR(
                        Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1,
                        int total_iters = 5, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (start, end, total) = (start_factor, end_factor, total_iters);
                        step();
                    }

                    protected override IEnumerable<double> get_lr() => Scaled(
                        Epoch == 0 ? start
                        : Epoch > total ? 1
                        : 1 + ((end - start) / ((total * start) + ((Epoch - 1) * (end - start)))));

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        InitialScaled(start + ((end - start) * Math.Min(total, Epoch) / total));
                }

                /// <summary>
                /// The rate falls and rises along a cosine (Loshchilov and Hutter 2017, without restarts).
                /// </summary>
                public sealed class CosineAnnealingLR : LRScheduler
                {
                    private readonly double half;
                    private readonly double least;

                    public CosineAnnealingLR(
                        Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1,
                        bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        (half, least) = (T_max, eta_min);
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (Epoch == 0)
                        {
                            return Scaled(1);
                        }

                        // At the bottom the quotient below would be 0 / 0.
                        if ((Epoch - 1 - half) % (2 * half) == 0)
                        {
                            return Groups.Zip(Initial, (group, initial) =>
                                group.LearningRate + (
                                    (initial - least) * (1 - Math.Cos(Math.PI / half)) / 2));
                        }
                        var factor = (1 + Math.Cos(Math.PI * Epoch / half)) / (1
                            + Math.Cos(Math.PI * (Epoch - 1) / half));
                        return Groups.Select(group => (factor * (group.LearningRate - least)) + least);
                    }

                    protected override IEnumerable<double> get_closed_form_lr() => Initial.Select(initial =>
                        least + ((initial - least) * (1 + Math.Cos(Math.PI * Epoch / half)) / 2));
                }
            }
        }
    }
}
