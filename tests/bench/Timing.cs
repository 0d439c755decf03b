using System.Diagnostics;

namespace Lectern.Bench;

/// <summary>Seconds of a piece of work.</summary>
internal static class Timing
{
    /// <summary>The best of the rounds' means, after warming up: what the machine gives when nothing else disturbs it.</summary>
    /// <param name="work">One repetition.</param>
    /// <param name="seconds">About how long to measure in all.</param>
    internal static double Of(Action work, double seconds = 1)
    {
        var watch = Stopwatch.StartNew();
        work();
        double first = watch.Elapsed.TotalSeconds;
        if (first > seconds)
        {
            // Long work needs no repetition to be measured, only a second run with everything warm.
            watch.Restart();
            work();
            return Math.Min(first, watch.Elapsed.TotalSeconds);
        }
        int warm = 1;
        for (; watch.Elapsed.TotalSeconds < seconds / 4; warm++) work();
        double one = watch.Elapsed.TotalSeconds / warm;
        const int rounds = 20;
        int repetitions = Math.Max(1, (int)(seconds / rounds / one));
        double best = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            watch.Restart();
            for (int i = 0; i < repetitions; i++) work();
            best = Math.Min(best, watch.Elapsed.TotalSeconds / repetitions);
        }
        return best;
    }
}
