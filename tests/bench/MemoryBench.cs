using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lectern.Bench;

/// <summary>Whether a long process keeps its memory: 20,000 training steps, 1,000 of them beside a failing operator.</summary>
internal static class MemoryBench
{
    internal static void Run(Report report)
    {
        manual_seed(0);
        using var model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 4));
        using var optimizer = optim.Adam(model.parameters());
        using var x = randn(64, 32);
        using var y = randint(0, 4, [64]);
        long after = 0;
        const int steps = 20_000, settled = 2_000;
        for (int step = 0; step < steps; step++)
        {
            using (NewDisposeScope())
            {
                optimizer.zero_grad();
                nn.functional.cross_entropy(model.call(x), y).backward();
                optimizer.step();
                if (step % 20 == 0)
                    try
                    {
                        x.mm(x);
                    }
                    catch (ExternalException)
                    {
                        // on purpose: the shapes do not fit
                    }
            }
            if (step == settled) after = Resident();
        }
        long end = Resident();
        report.Notes.Add(FormattableString.Invariant(
            $"resident memory after {settled:N0} steps {after / 1e6:0.0} MB, after {steps:N0} {end / 1e6:0.0} MB: {100.0 * (end - after) / after:+0.00;-0.00} %; live tensors {Tensor.TotalCount}"));
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
