using System.Diagnostics;
using System.Globalization;

namespace Lectern.Bench;

/// <summary>How far the memory of this process rises during a piece of work.</summary>
/// <remarks>
/// Linux keeps the highest resident set (VmHWM in /proc/self/status) and lets a process reset it; elsewhere
/// the highest of the whole process stands for it, which is right where the work is the largest so far.
/// </remarks>
internal sealed class PeakMemory
{
    private const string Status = "/proc/self/status", SetBack = "/proc/self/clear_refs";

    /// <summary>Bytes by which the resident set rose at most.</summary>
    internal long Peak { get; private set; }

    /// <summary>Runs some work once and keeps its <see cref="Peak"/>; its seconds.</summary>
    internal double During(Action work)
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (File.Exists(SetBack)) File.WriteAllText(SetBack, "5");
        long before = Environment.WorkingSet;
        var watch = Stopwatch.StartNew();
        work();
        double seconds = watch.Elapsed.TotalSeconds;
        Peak = Math.Max(0, Highest() - before);
        return seconds;
    }

    /// <summary>The peak, for a report, and what of it falls to one of some edges.</summary>
    internal string Of(int edges) =>
        string.Create(CultureInfo.InvariantCulture, $"{Peak / 1e6:0} MB, {(double)Peak / edges:0} B an edge");

    private static long Highest()
    {
        if (File.Exists(Status))
            foreach (string line in File.ReadLines(Status))
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                    return 1024 * long.Parse(line[6..^2], CultureInfo.InvariantCulture);
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
