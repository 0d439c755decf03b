namespace Lectern.Bench;

/// <summary>What one call costs when the numbers are next to none: add, relu and matmul of 2 × 2 tensors.</summary>
internal static class OverheadBench
{
    internal static void Run(Report report)
    {
        var peer = Peer.Run("overhead.py");
        using var a = rand(2, 2);
        using var b = rand(2, 2);
        (string Name, Func<Tensor> Work)[] cases = [("add", () => a + b), ("relu", () => a.relu()), ("matmul", () => a.matmul(b))];
        const int calls = 100;
        foreach (var (name, work) in cases)
        {
            // Disposed at once, as Python does when the name is bound anew.
            double disposed = Timing.Of(() => { for (int i = 0; i < calls; i++) work().Dispose(); }) / calls;
            double scoped = Timing.Of(() => { using (NewDisposeScope()) for (int i = 0; i < calls; i++) work(); }) / calls;
            report.Add($"{name}, disposed at once", disposed, [("Python", peer.Of(name))]);
            report.Add($"{name}, in a dispose scope", scoped, [("Python", peer.Of(name))]);
        }
    }
}
