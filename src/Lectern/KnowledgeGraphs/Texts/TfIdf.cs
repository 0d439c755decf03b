namespace Lectern.KnowledgeGraphs;

/// <summary>How alike texts are by the words that they share, rare words counting more: hashed words and
/// pairs of neighbouring words, as in DrQA (Chen et al. 2017, section 3.1).</summary>
/// <remarks>
/// weight = log(1 + count) · max(0, log((N - n + ½)/(n + ½))) for a feature that n of N texts have; vectors
/// are brought to length 1, so that products are cosines. Finding costs O(texts that share a feature).
/// </remarks>
public sealed class TfIdf
{
    private readonly Dictionary<int, List<(int Text, double Weight)>> postings = [];
    private readonly Dictionary<int, int> frequencies = [];
    private readonly int mask;

    /// <param name="texts">The texts to find.</param>
    /// <param name="bits">2 to the power of this many buckets; 24 in the paper.</param>
    /// <exception cref="ArgumentException">There is no text.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are not 1 to 30 bits.</exception>
    public TfIdf(IReadOnlyList<string> texts, int bits = 24)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count == 0) throw new ArgumentException("There is no text to count words in; give at least one.", nameof(texts));
        if (bits is not (>= 1 and <= 30))
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "1 to 30 bits.");
        (Count, mask) = (texts.Count, (1 << bits) - 1);
        var counts = texts.Select(Counts).ToArray();
        foreach (int feature in counts.SelectMany(c => c.Keys))
            frequencies[feature] = frequencies.GetValueOrDefault(feature) + 1;
        foreach (var (text, features) in counts.Index())
        {
            foreach (var (feature, weight) in Vector(features))
            {
                if (!postings.TryGetValue(feature, out var list)) postings[feature] = list = [];
                list.Add((text, weight));
            }
        }
    }

    /// <summary>Number of texts, N.</summary>
    public int Count { get; }

    /// <summary>The words of a text: runs of letters and digits, in lower case.</summary>
    /// <param name="text">The text.</param>
    public static string[] Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var even = string.Concat(text.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' '));
        return even.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The cosine of a question with each text: [N], from 0 to 1.</summary>
    /// <param name="question">The question.</param>
    public double[] Cosines(string question)
    {
        double[] cosines = new double[Count];
        foreach (var (feature, weight) in Vector(Counts(question)))
            foreach (var (text, other) in postings.GetValueOrDefault(feature) ?? [])
                cosines[text] += weight * other;
        return cosines;
    }

    /// <summary>The texts that are most like a question, the first one most.</summary>
    /// <param name="question">The question.</param>
    /// <param name="count">How many; fewer where there are fewer that share a word with it.</param>
    public int[] Top(string question, int count)
    {
        double[] cosines = Cosines(question);
        return [.. Enumerable.Range(0, Count).Where(i => cosines[i] > 0)
            .OrderByDescending(i => cosines[i]).Take(count)];
    }

    private List<(int Feature, double Weight)> Vector(Dictionary<int, int> counts)
    {
        double Idf(int feature)
        {
            double n = frequencies.GetValueOrDefault(feature);
            return Math.Max(0, Math.Log((Count - n + 0.5) / (n + 0.5)));
        }
        var weights = counts.Select(c => (c.Key, Weight: Math.Log(1 + c.Value) * Idf(c.Key)))
            .Where(w => w.Weight > 0).ToList();
        double length = Math.Sqrt(weights.Sum(w => w.Weight * w.Weight));
        return [.. weights.Select(w => (w.Key, w.Weight / length))];
    }

    private Dictionary<int, int> Counts(string text)
    {
        string[] words = Words(text);
        var counts = new Dictionary<int, int>();
        foreach (string feature in words.Concat(words.Zip(words.Skip(1), (a, b) => $"{a} {b}")))
        {
            int bucket = (int)(Hash(feature) & mask);
            counts[bucket] = counts.GetValueOrDefault(bucket) + 1;
        }
        return counts;
    }

    /// <summary>FNV-1a: the same on each run, which string.GetHashCode is not.</summary>
    internal static uint Hash(string feature)
    {
        uint hash = 2166136261;
        foreach (char c in feature) hash = (hash ^ c) * 16777619;
        return hash ^ hash >> 15;
    }
}
