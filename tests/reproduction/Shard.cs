using System.Globalization;

namespace Lectern.Reproduction;

/// <summary>Which part of a sweep a process does: the runs whose number leaves the rest <paramref name="Index"/>.</summary>
/// <param name="Index">The part, from 0.</param>
/// <param name="Count">How many parts there are.</param>
internal sealed record Shard(int Index, int Count)
{
    /// <summary>The number of parts, for launchers that do not say it.</summary>
    internal const string CountVariable = "LECTERN_SHARDS";

    /// <summary>Whether a run is of this part.</summary>
    /// <param name="number">The run's number, from 0.</param>
    internal bool Has(int number) => number % Count == Index;

    /// <summary>The part that <c>--shard</c> names, else the one that the launcher's variables do, else the whole.</summary>
    /// <remarks>
    /// Slurm arrays: SLURM_ARRAY_TASK_ID of LECTERN_SHARDS; without that, its place from _MIN among _COUNT. Indexed jobs of
    /// Kubernetes: JOB_COMPLETION_INDEX of LECTERN_SHARDS.
    /// </remarks>
    /// <param name="option">"I/N", or null where the option was not given.</param>
    /// <param name="variable">The environment.</param>
    /// <exception cref="ArgumentException">What is said names no part.</exception>
    internal static Shard Of(string? option, Func<string, string?> variable)
    {
        if (option is not null)
        {
            return option.Split('/') is [var part, var parts] && Number(part) is { } i && Number(parts) is { } n && i < n
                ? new Shard(i, n)
                : throw new ArgumentException($"--shard wants a part and their number, such as 0/2 and 1/2, not '{option}'.");
        }
        int? stated = Read(CountVariable);
        if (Read("SLURM_ARRAY_TASK_ID") is { } task)
        {
            // A part that is done again alone is an array of one: only the stated number tells what it is a part of.
            return stated is { } all
                ? Checked(task, all, $"SLURM_ARRAY_TASK_ID is {task}", $"number the array from 0: --array=0-{all - 1}")
                : Checked(task - (Read("SLURM_ARRAY_TASK_MIN") ?? 0), Read("SLURM_ARRAY_TASK_COUNT") ?? 0,
                    $"SLURM_ARRAY_TASK_ID is {task}", $"number the array without gaps, such as --array=0-3, or set {CountVariable}");
        }
        if (Read("JOB_COMPLETION_INDEX") is { } index)
        {
            return Checked(index, stated ?? 0, $"JOB_COMPLETION_INDEX is {index}", $"set {CountVariable} to the job's completions");
        }
        return stated is null or 1 ? new Shard(0, 1) : throw new ArgumentException(
            $"{CountVariable} is {stated}, but nothing says which part this is: give --shard I/{stated}, or take {CountVariable} away.");

        int? Read(string name) => variable(name) is not { Length: > 0 } text ? null
            : Number(text) ?? throw new ArgumentException($"{name} is '{text}'; expected is a whole number from 0.");
        static int? Number(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        static Shard Checked(int index, int count, string what, string remedy) => index >= 0 && index < count ? new Shard(index, count)
            : throw new ArgumentException($"{what}, which is none of {count} parts counted from 0: {remedy}, or give --shard I/N.");
    }

    /// <summary>As the option takes it.</summary>
    public override string ToString() => $"{Index}/{Count}";
}
