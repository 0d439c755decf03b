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
        var best = new Dictionary<string, double>();
        void Keep(string name, double seconds) => best[name] = Math.Min(seconds, best.GetValueOrDefault(name, double.PositiveInfinity));

        // The machine's speed drifts by more than the difference: so both take turns, and the better time of each counts.
        for (int turn = 0; turn < 4; turn++)
        {
            foreach (var (name, seconds) in Peer.Run("overhead.py") ?? new Dictionary<string, double>()) Keep($"{name}, peer", seconds);
            foreach (var (name, work) in cases)
            {
                // Disposed at once, as Python does when the name is bound anew.
                Keep($"{name}, disposed at once", Timing.Of(() => { for (int i = 0; i < calls; i++) work().Dispose(); }) / calls);
                Keep($"{name}, in a dispose scope", Timing.Of(() => { using (NewDisposeScope()) for (int i = 0; i < calls; i++) work(); }) / calls);
            }
        }
        foreach (var (name, _) in cases)
            foreach (string way in (string[])["disposed at once", "in a dispose scope"])
                report.Add($"{name}, {way}", best[$"{name}, {way}"],
                    [("Python", best.TryGetValue($"{name}, peer", out double peer) ? peer : null)]);
    }
}
