using System.Text.Json;
using TorchSharp.Modules;

namespace Torch.Tests.Optim;

/// <summary>Optimizers and schedules beside PyTorch's values, which vectors/make_optim.py writes.</summary>
public sealed class OptimizerVectorTests
{
    private static readonly int[] Kept = [0, 1, 2, 9, 19];
    private static readonly JsonElement Vectors = JsonDocument.Parse(
        typeof(OptimizerVectorTests).Assembly.GetManifestResourceStream("vectors/optim.json")!).RootElement;

    public static TheoryData<string, string> Names(string part) => [.. Vectors.EnumerateObject()
        .Where(section => section.Name == part)
        .SelectMany(section => section.Value.EnumerateObject().Select(entry => (section.Name, entry.Name)))];

    [Theory]
    [MemberData(nameof(Names), "steps")]
    [MemberData(nameof(Names), "gaps")]
    public void Twenty_steps_are_those_of_PyTorch(string part, string name)
    {
        using var scope = NewDisposeScope();
        var (w, v) = Parameters();
        using var optimizer = Make(name, [w, v]);
        var trace = new List<double[]>();
        for (var i = 0; i < 20; i++)
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad(set_to_none: true);
            Loss(w, v, part == "steps" || i % 3 != 2).backward();
            optimizer.step();
            if (Kept.Contains(i))
            {
                trace.Add([.. w.data<double>().ToArray(), .. v.data<double>().ToArray()]);
            }
        }
        RequireClose(Vectors.GetProperty(part).GetProperty(name), trace, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names), "sparse")]
    public void Sparse_gradients_give_the_steps_of_PyTorch(string part, string name)
    {
        using var scope = NewDisposeScope();
        using var table = new Parameter(arange(12, dtype: float64).reshape(6, 2) / 10);
        using var optimizer = name switch
        {
            "SGD plain" => (optim.Optimizer)optim.SGD([table], 0.1),
            "SGD momentum" => optim.SGD([table], 0.1, momentum: 0.5),
            "SGD nesterov" => optim.SGD([table], 0.1, momentum: 0.5, nesterov: true),
            "Adagrad plain" => optim.Adagrad([table], lr: 0.1, lr_decay: 0.1),
            _ => throw new ArgumentException(name),
        };
        var trace = new List<double[]>();
        for (var i = 0; i < 20; i++)
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad(set_to_none: true);
            var rows = tensor(new long[] { i % 6, i * i % 5, i % 6 });
            var chosen = nn.functional.embedding(rows, table, sparse: true);
            (chosen - 1).square().sum().backward();
            Assert.True(table.grad!.is_sparse);
            optimizer.step();
            if (Kept.Contains(i))
            {
                trace.Add(table.data<double>().ToArray());
            }
        }
        RequireClose(Vectors.GetProperty(part).GetProperty(name), trace, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names), "rates")]
    [MemberData(nameof(Names), "rates with Adam")]
    [MemberData(nameof(Names), "plateau")]
    public void Learning_rates_and_momenta_are_those_of_PyTorch(string part, string name)
    {
        using var scope = NewDisposeScope();
        var (w, v) = Parameters();
        using var optimizer = part == "rates with Adam" ? (OptimizerHelper)optim.Adam(
            (Adam.ParamGroup[])[new() { Parameters = [w] },
                new([v], new Adam.Options { LearningRate = 0.5 })], lr: 0.1)
            : optim.SGD(
                (SGD.ParamGroup[])[new() { Parameters = [w] },
                    new([v], new SGD.Options { LearningRate = 0.5 })],
                0.1, momentum: 0.9);
        var schedule = Schedule(name, optimizer);
        var trace = new List<double[]>();
        for (var i = 0; i < 25; i++)
        {
            trace.Add([
                .. optimizer.ParamGroups.Select(group => group.LearningRate),
                .. optimizer.ParamGroups.Select(group =>
                    group is optim.IBetas betas ? betas.Betas.Item1 : ((optim.IMomentum)group).Momentum),
            ]);
            optimizer.step();
            if (part == "plateau")
            {
                schedule.step(1.0 / (1 + Math.Min(i, 5)));
            }
            else
            {
                schedule.step();
            }
        }
        RequireClose(Vectors.GetProperty(part).GetProperty(name), trace, 1e-12);
    }

    private static void RequireClose(JsonElement expected, List<double[]> actual, double tolerance)
    {
        Assert.Equal(expected.GetArrayLength(), actual.Count);
        for (var i = 0; i < actual.Count; i++)
        {
            double[] row = [.. expected[i].EnumerateArray().Select(number => number.GetDouble())];
            Assert.Equal(row.Length, actual[i].Length);
            for (var j = 0; j < row.Length; j++)
            {
                Assert.True(
                    Math.Abs(row[j] - actual[i][j]) <= tolerance * (1 + Math.Abs(row[j])),
                    $"entry {i}, value {j}: PyTorch has {row[j]:r}, here is {actual[i][j]:r}");
            }
        }
    }

    internal static (Parameter, Parameter) Parameters() => (
        new Parameter(tensor(new[] { 0.5, -1.25, 2.0 })), new Parameter(tensor(new[,] { { 1.0, -0.75 },
            { 0.25, -2.0 } })));

    internal static Tensor Loss(Tensor w, Tensor v, bool second)
    {
        var a = tensor(new[] { 1.0, 0.5, 0.25 });
        var b = tensor(new[] { -0.5, 1.0, 0.75 });
        var loss = ((a * (w - b).pow(4)).sum() / 4) + (w[0] * w[1]);
        return second ? loss + (v.pow(4).sum() / 4) + (v.sum() - 1).square() : loss;
    }

    internal static OptimizerHelper Make(string name, Parameter[] p) => name switch
    {
        "SGD plain" => optim.SGD(p, 0.01),
        "SGD momentum" => optim.SGD(p, 0.01, momentum: 0.9),
        "SGD dampening" => optim.SGD(p, 0.01, momentum: 0.9, dampening: 0.3),
        "SGD nesterov" => optim.SGD(p, 0.01, momentum: 0.8, nesterov: true),
        "SGD decay" => optim.SGD(p, 0.01, momentum: 0.5, weight_decay: 0.1),
        "SGD maximize" => optim.SGD(p, 0.0001, weight_decay: 0.1, maximize: true),
        "Adam plain" => optim.Adam(p, lr: 0.05),
        "Adam betas" => optim.Adam(p, 0.05, 0.7, 0.95, 1e-3),
        "Adam decay" => optim.Adam(p, lr: 0.05, weight_decay: 0.1),
        "Adam amsgrad" => optim.Adam(p, lr: 0.05, beta2: 0.5, amsgrad: true),
        "Adam maximize" => optim.Adam(p, lr: 0.001, maximize: true, weight_decay: 0.1),
        "AdamW plain" => optim.AdamW(p, lr: 0.05, weight_decay: 0),
        "AdamW decay" => optim.AdamW(p, lr: 0.05, weight_decay: 0.1),
        "AdamW amsgrad" => optim.AdamW(p, lr: 0.05, beta2: 0.5, amsgrad: true, weight_decay: 0.01),
        "AdamW maximize" => optim.AdamW(p, lr: 0.001, maximize: true, weight_decay: 0.1),
        "Adagrad plain" => optim.Adagrad(p, lr: 0.1),
        "Adagrad all" => optim.Adagrad(p, 0.1, 0.2, 0.1, 0.5, 1e-3),
        "RMSProp plain" => optim.RMSProp(p, lr: 0.01),
        "RMSProp momentum" => optim.RMSProp(p, lr: 0.01, alpha: 0.9, momentum: 0.7, weight_decay: 0.1),
        "RMSProp centered" => optim.RMSProp(p, lr: 0.01, alpha: 0.9, centered: true),
        "RMSProp all" => optim.RMSProp(p, lr: 0.01, centered: true, momentum: 0.5, eps: 1e-4, maximize: true),
        "Adadelta plain" => optim.Adadelta(p),
        "Adadelta decay" => optim.Adadelta(p, 0.5, 0.8, 1e-4, 0.1, maximize: true),
        _ => throw new ArgumentException($"make_optim.py has '{name}', and this test does not know it."),
    };

    private static optim.lr_scheduler.LRScheduler Schedule(string name, OptimizerHelper p) => name switch
    {
        "StepLR" => optim.lr_scheduler.StepLR(p, 4, gamma: 0.3),
        "MultiStepLR" => optim.lr_scheduler.MultiStepLR(p, [3, 7, 7, 15], gamma: 0.5),
        "ExponentialLR" => optim.lr_scheduler.ExponentialLR(p, gamma: 0.9),
        "LambdaLR" => optim.lr_scheduler.LambdaLR(p, epoch => 1.0 / (1 + epoch)),
        "MultiplicativeLR" => optim.lr_scheduler.MultiplicativeLR(p, epoch => 1 - (0.01 * epoch)),
        "PolynomialLR" => optim.lr_scheduler.PolynomialLR(p, total_iters: 8, power: 2),
        "ConstantLR" => optim.lr_scheduler.ConstantLR(p, factor: 0.25, total_iters: 6),
        "LinearLR" => optim.lr_scheduler.LinearLR(p, start_factor: 0.2, end_factor: 0.9, total_iters: 10),
        "CosineAnnealingLR" => optim.lr_scheduler.CosineAnnealingLR(p, 7, eta_min: 0.01),
        "SequentialLR" => optim.lr_scheduler.SequentialLR(
            p,
            [
                optim.lr_scheduler.ConstantLR(p, factor: 0.1, total_iters: 3),
                optim.lr_scheduler.ExponentialLR(p, gamma: 0.9), optim.lr_scheduler.StepLR(p, 2, gamma: 0.5),
            ],
            [3, 12]),
        "ChainedLR" => optim.lr_scheduler.ChainedLR(
            [optim.lr_scheduler.ConstantLR(p, factor: 0.1, total_iters: 3),
                optim.lr_scheduler.ExponentialLR(p, gamma: 0.9)]),
        "CyclicLR "
        + "triangular" => optim.lr_scheduler.CyclicLR(p, 0.01, 0.2, step_size_up: 4, step_size_down: 3),
        "CyclicLR triangular2" => optim.lr_scheduler.CyclicLR(
            p, 0.01, 0.2, step_size_up: 4, mode: optim.lr_scheduler.impl.CyclicLR.Mode.Triangular2),
        "CyclicLR range" => optim.lr_scheduler.CyclicLR(
            p, 0.01, 0.2, step_size_up: 4, mode: optim.lr_scheduler.impl.CyclicLR.Mode.ExpRange, gamma: 0.95,
            cycle_momentum: false),
        "OneCycleLR" => optim.lr_scheduler.OneCycleLR(p, 0.4, total_steps: 26),
        "OneCycleLR linear" => optim.lr_scheduler.OneCycleLR(
            p, (double[])[0.4, 0.2], epochs: 2, steps_per_epoch: 13, pct_start: 0.4, div_factor: 10,
            final_div_factor: 50,
            anneal_strategy: optim.lr_scheduler.impl.OneCycleLR.AnnealStrategy.Linear),
        "OneCycleLR "
        + "three" => optim.lr_scheduler.OneCycleLR(p, 0.4, total_steps: 26, three_phase: true,
            pct_start: 0.4),
        "ReduceLROnPlateau min" => optim.lr_scheduler.ReduceLROnPlateau(
            p, factor: 0.5, patience: 2, cooldown: 1, min_lr: [0.02, 0.1]),
        "ReduceLROnPlateau max" => optim.lr_scheduler.ReduceLROnPlateau(
            p, mode: "max", factor: 0.3, patience: 1, threshold_mode: "abs"),
        _ => throw new ArgumentException($"make_optim.py has '{name}', and this test does not know it."),
    };
}
