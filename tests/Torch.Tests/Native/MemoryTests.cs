using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Torch.Tests.Native;

/// <summary>
/// A long process keeps its memory: training with a hand-written function and an optimiser, beside failures.
/// tests/bench has the same over 20,000 steps.
/// </summary>
public sealed class MemoryTests
{
    private sealed class Cube : autograd.SingleTensorFunction<Cube>
    {
        public override string Name => nameof(Cube);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_for_backward([(Tensor)vars[0]]);
            return ((Tensor)vars[0]).pow(3);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            [grad_output * 3 * ctx.get_saved_variables()[0].square()];
    }

    [Fact]
    public void Three_thousand_training_steps_and_three_hundred_failures_leave_nothing_behind()
    {
        manual_seed(0);
        using var model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4));
        using var optimizer = optim.Adam(model.parameters());
        using var x = randn(32, 16);
        using var y = randint(0, 4, [32]);
        int failures = 0;
        long tensors = 0, bytes = 0;
        for (int step = 0; step < 3000; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            nn.functional.cross_entropy(model.call(Cube.apply(x)), y).backward();
            optimizer.step();
            if (step % 10 == 0) failures += Fails(() => (step % 20 == 0 ? x.mm(x) : cat([x, y])).Dispose());
            if (step == 600) (tensors, bytes) = (Tensor.TotalCount, Resident());
            if (step % 600 == 0 && step > 600) Assert.InRange(Tensor.TotalCount, 0, tensors);
        }
        Assert.Equal(300, failures);
        long grown = Resident() - bytes;
        Assert.True(grown < bytes / 20,
            $"Resident memory grew by {grown / 1e6:0.0} MB from {bytes / 1e6:0.0} MB.");
    }

    [Fact]
    public void A_graph_that_is_never_run_backward_lets_its_function_go()
    {
        using var x = ones(8, requires_grad: true);
        var watched = Forget(x);
        for (int round = 0; round < 5 && watched.IsAlive; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(watched.IsAlive);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Forget(Tensor x)
    {
        using var scope = NewDisposeScope();
        var marker = new object();
        Keeping.apply(x, marker);
        return new WeakReference(marker);
    }

    private sealed class Keeping : autograd.SingleTensorFunction<Keeping>
    {
        public override string Name => nameof(Keeping);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data("marker", vars[1]);
            return (Tensor)vars[0] * 2;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            [grad_output * 2, null!];
    }

    private static int Fails(Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (ExternalException)
        {
            return 1;
        }
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
