using System.Text.Json.Nodes;
using Lectern.Lessons;
using Lectern.Training;

namespace Lectern.Reproduction;

/// <summary>What a gradient costs, in evaluations of the function, by reverse mode and by finite differences.</summary>
internal static class TensorsExperiments
{
    private const int Inputs = 98, Batch = 256, Blocks = 20, Repeats = 20;

    internal static IEnumerable<Experiment> All() => [GradientCost()];

    // f(w) = mean((tanh(x W1 + b) w2 - y)^2) has H (Inputs + 2) parameters for H hidden units.
    private static Experiment GradientCost()
    {
        int[] hidden = [1, 10, 100, 1000];
        return new Experiment("Tensors", "gradient-cost", "random regression, 256 rows of 98 numbers", 3,
            new JsonObject
            {
                ["network"] = "98-H-1, tanh",
                ["hidden"] = new JsonArray([.. hidden.Select(h => (JsonNode)h)]),
                ["dtype"] = "float64",
                ["threads"] = 1,
                ["time"] = $"processor time, fastest of {Blocks} blocks of {Repeats}",
            },
            [.. Enumerable.Range(0, 5)],
            (seed, _) =>
            {
                int threads = get_num_threads();
                set_num_threads(1);
                try
                {
                    var measures = new Dictionary<string, double>();
                    foreach (int units in hidden) Measure(units, seed, differences: units <= 100, measures);
                    return measures;
                }
                finally
                {
                    set_num_threads(threads);
                }
            },
            runs =>
            [
                .. hidden.Select(units => Of(runs, $"gradient of {units * (Inputs + 2)} parameters", 5, "Griewank 1989: at most 5")),
                .. hidden.Where(units => units <= 100).Select(units => Of(
                    runs, $"finite differences of {units * (Inputs + 2)} parameters", units * (Inputs + 2) + 1, "n + 1 values")),
            ]);
    }

    private static Result Of(IReadOnlyList<IReadOnlyDictionary<string, double>> runs, string metric, double paper, string source)
    {
        var spread = new Spread([.. runs.Select(run => run[metric])]);
        return new Result(metric, "× the value", paper, null, source, Math.Round(spread.Mean, 2), Math.Round(spread.Deviation, 2), runs.Count);
    }

    private static void Measure(int units, int seed, bool differences, Dictionary<string, double> measures)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        int parameters = units * (Inputs + 2);
        var x = randn(Batch, Inputs, dtype: ScalarType.Float64);            // [B, D]
        var y = randn(Batch, dtype: ScalarType.Float64);                    // [B]
        var w = (randn(parameters, dtype: ScalarType.Float64) * 0.1).requires_grad_();

        Tensor Value()
        {
            var first = w.narrow(0, 0, Inputs * units).reshape(Inputs, units);
            var bias = w.narrow(0, Inputs * units, units);
            var second = w.narrow(0, (Inputs + 1) * units, units);
            return (x.mm(first).add(bias).tanh().mv(second) - y).square().mean();   // [B, H] -> [B] -> []
        }
        double Forward()
        {
            using var inner = NewDisposeScope();
            using var quiet = no_grad();
            return Value().item<double>();
        }
        double[] Gradient()
        {
            using var inner = NewDisposeScope();
            return autograd.grad([Value()], [w])[0].data<double>().ToArray();
        }

        double forward = Cost(() => Forward()), gradient = Cost(() => Gradient());
        measures[$"gradient of {parameters} parameters"] = gradient / forward;
        if (!differences) return;

        double[] slow = [];
        measures[$"finite differences of {parameters} parameters"] =
            Cost(() => slow = Differences(w, Forward), blocks: parameters > 1000 ? 1 : 5, repeats: 1) / forward;
        double apart = slow.Zip(Gradient(), (a, b) => Math.Abs(a - b)).Max();
        if (apart > 1e-5) throw new InvalidOperationException($"Gradient and finite differences are {apart:0.##e0} apart; expected at most 1e-5.");
    }

    private static double[] Differences(Tensor w, Func<double> value)
    {
        const double h = 1e-6;
        using var quiet = no_grad();
        double at = value();
        var gradient = new double[w.shape[0]];
        using var progress = Progress.Start("finite differences", gradient.Length);
        for (int i = 0; i < gradient.Length; i++)
        {
            using var scope = NewDisposeScope();
            w[i].add_(h);
            gradient[i] = (value() - at) / h;
            w[i].sub_(h);
            progress.Step();
        }
        return gradient;
    }

    // Seconds of processor time, since a machine that is busy with other things would count against wall time; of several
    // blocks the fastest, since nothing makes one too fast.
    private static double Cost(Action action, int blocks = Blocks, int repeats = Repeats)
    {
        double best = double.PositiveInfinity;
        for (int block = 0; block < blocks; block++)
        {
            var start = Environment.CpuUsage.TotalTime;
            for (int i = 0; i < repeats; i++) action();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalSeconds / repeats);
        }
        return best;
    }
}
