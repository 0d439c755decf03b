using System.Globalization;

namespace Lectern.Training;

/// <summary>What a training run measured, epoch by epoch.</summary>
public sealed class History
{
    private readonly List<double> losses = [];
    private readonly Dictionary<string, List<double>> measures = [];

    /// <summary>Epochs done.</summary>
    public int Epochs => losses.Count;

    /// <summary>Mean training loss of each epoch.</summary>
    public IReadOnlyList<double> Loss => losses;

    /// <summary>Names of what the evaluation measured.</summary>
    public IEnumerable<string> Names => measures.Keys;

    /// <summary>Seconds of training and evaluation in all.</summary>
    public double Seconds { get; private set; }

    /// <summary>One measure, epoch by epoch.</summary>
    /// <exception cref="ArgumentException">Nothing of that name was measured.</exception>
    public IReadOnlyList<double> this[string name] => measures.TryGetValue(name, out var values)
        ? values
        : throw new ArgumentException($"Nothing called '{name}' was measured; the evaluation gave: {string.Join(", ", measures.Keys)}.", nameof(name));

    /// <summary>The first epoch, from 0, whose measure no other beats; anything beats what is no number.</summary>
    public int BestEpoch(string name, bool higherIsBetter)
    {
        var values = this[name];
        int best = 0;
        for (int epoch = 1; epoch < values.Count; epoch++)
            if (double.IsNaN(values[best]) || (higherIsBetter ? values[epoch] > values[best] : values[epoch] < values[best])) best = epoch;
        return best;
    }

    internal void Add(double loss, IReadOnlyDictionary<string, double> measured, double seconds)
    {
        if (losses.Count > 0 && !measured.Keys.ToHashSet().SetEquals(measures.Keys))
            throw new InvalidOperationException(
                $"The evaluation measured {string.Join(", ", measured.Keys)}, and {string.Join(", ", measures.Keys)} before; it must measure the same each time.");
        losses.Add(loss);
        foreach (var (name, value) in measured)
        {
            if (!measures.TryGetValue(name, out var values)) measures[name] = values = [];
            values.Add(value);
        }
        Seconds += seconds;
    }

    /// <summary>The last epoch in a few words.</summary>
    internal string Summary() => string.Join(", ", measures.Select(m => (m.Key, m.Value[^1])).Prepend(("loss", losses[^1]))
        .Select(entry => $"{entry.Item1} {entry.Item2.ToString("0.000", CultureInfo.InvariantCulture)}"));

    internal HistoryState State() => new(Seconds, losses, measures);

    internal void Restore(HistoryState state)
    {
        losses.AddRange(state.Loss);
        foreach (var (name, values) in state.Measures) measures[name] = [.. values];
        Seconds = state.Seconds;
    }
}

/// <summary>A history as a checkpoint holds it.</summary>
internal sealed record HistoryState(double Seconds, List<double> Loss, Dictionary<string, List<double>> Measures);
