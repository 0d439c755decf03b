using System.Globalization;

namespace Lectern.Bench;

/// <summary>
/// What data parallel training would cost on more machines, on paper: from a step and its gradients as they were measured, and from
/// assumptions about the hardware, all of which are here.
/// </summary>
/// <param name="Name">The machines.</param>
/// <param name="Faster">How many times as fast as a core of this machine a GPU computes a step.</param>
/// <param name="GpusAMachine">GPUs that share a machine.</param>
/// <param name="Inside">Bytes a second between GPUs of a machine, each way.</param>
/// <param name="Between">Bytes a second between machines, each way.</param>
/// <param name="InsideLatency">Seconds of a message inside.</param>
/// <param name="BetweenLatency">Seconds of a message between.</param>
internal sealed record Scaling(
    string Name, double Faster, int GpusAMachine, double Inside, double Between, double InsideLatency, double BetweenLatency)
{
    private static readonly int[] Gpus = [1, 2, 4, 8, 16, 32, 64];

    // The backward pass is two thirds of a step. Gradients travel meanwhile, but for the last bucket, which is ready when it ends.
    private const double Backward = 2.0 / 3;
    private const double Bucket = 8 << 20;

    internal static readonly Scaling[] Assumed =
    [
        new("8 GPUs a machine, NVLink 200 GB/s, network 100 Gb/s", 50, 8, 200e9, 12.5e9, 5e-6, 20e-6),
        new("one GPU a machine, network 10 Gb/s", 50, 1, double.PositiveInfinity, 1.25e9, 0, 50e-6),
    ];

    /// <summary>Seconds in which n GPUs sum so many bytes: a ring inside each machine, then one between the machines; each part of a
    /// ring of k sends 2 (k - 1) / k of the bytes in 2 (k - 1) messages.</summary>
    internal double Sum(double bytes, int gpus)
    {
        var (inside, machines) = (Math.Min(gpus, GpusAMachine), Math.Max(1, gpus / GpusAMachine));
        return Ring(inside, Inside, InsideLatency) + Ring(machines, Between, BetweenLatency);

        double Ring(int parts, double speed, double latency) => 2.0 * (parts - 1) / parts * bytes / speed + 2 * (parts - 1) * latency;
    }

    /// <summary>Seconds of a sum of a few numbers: messages up a binary tree and down again.</summary>
    internal double Small(int gpus) => 2 * (Math.Log2(Math.Min(gpus, GpusAMachine)) * InsideLatency
        + Math.Log2(Math.Max(1, gpus / GpusAMachine)) * BetweenLatency);

    /// <summary>Seconds of a step of n GPUs, each with the batch that was measured on one core.</summary>
    internal double Step(Job job, int gpus)
    {
        double compute = job.Seconds / Faster, last = Math.Min(job.GradientBytes, Bucket);
        return compute + Math.Max(0, Sum(job.GradientBytes - last, gpus) - Backward * compute) + Sum(last, gpus) + job.SmallSums * Small(gpus);
    }

    /// <summary>Markdown: how many times as many items a second as one GPU.</summary>
    internal IEnumerable<string> Table(IEnumerable<Job> jobs)
    {
        yield return $"{Name}; a GPU {Faster} × a core";
        yield return "";
        yield return $"| | a core's step | gradients | {string.Join(" | ", Gpus.Select(n => $"{n}"))} |";
        yield return $"| --- | --- | --- | {string.Join(" | ", Gpus.Select(_ => "---"))} |";
        foreach (var job in jobs)
            yield return string.Create(CultureInfo.InvariantCulture, $"| {job.Name} | {1000 * job.Seconds:0} ms | {job.GradientBytes / 1e6:0.0} MB | ")
                + string.Join(" | ", Gpus.Select(n => (n * Step(job, 1) / Step(job, n)).ToString("0.0", CultureInfo.InvariantCulture))) + " |";
    }

    /// <summary>What was measured.</summary>
    /// <param name="Name">The training.</param>
    /// <param name="Seconds">A step on one core.</param>
    /// <param name="GradientBytes">What the processes exchange after it.</param>
    /// <param name="SmallSums">Sums of a few numbers within it, as of shared statistics.</param>
    internal sealed record Job(string Name, double Seconds, double GradientBytes, int SmallSums);
}
