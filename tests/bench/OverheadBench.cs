namespace Lectern.Bench;

/// <summary>What one call costs when the numbers are next to none: add, relu and matmul of 2 × 2 tensors.</summary>
internal static class OverheadBench
{
    internal static void Run(Report report)
    {
        using var a = rand(2, 2);
        using var b = rand(2, 2);
        (string Name, Func<Tensor> Work)[] cases = [("add", () => a + b), ("relu", () => a.relu()), ("matmul", () => a.matmul(b))];
        const int calls = 100;
        var before = Peer.Run("overhead.py");
        var ours = new List<(string Name, double Disposed, double Scoped)>();
        foreach (var (name, work) in cases)
        {
            // Disposed at once, as Python does when the name is bound anew.
            double disposed = Timing.Of(() => { for (int i = 0; i < calls; i++) work().Dispose(); }) / calls;
            double scoped = Timing.Of(() => { using (NewDisposeScope()) for (int i = 0; i < calls; i++) work(); }) / calls;
            ours.Add((name, disposed, scoped));
        }
        // The machine's speed drifts by more than the difference, so the peer runs before and after, and its better time counts.
        var after = Peer.Run("overhead.py");
        foreach (var (name, disposed, scoped) in ours)
        {
            double? peer = before.Of(name) is { } first && after.Of(name) is { } second ? Math.Min(first, second) : null;
            report.Add($"{name}, disposed at once", disposed, [("Python", peer)]);
            report.Add($"{name}, in a dispose scope", scoped, [("Python", peer)]);
        }
    }
}
