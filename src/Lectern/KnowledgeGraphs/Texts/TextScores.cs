namespace Lectern.KnowledgeGraphs;

/// <summary>How near a written text is to a reference, by the words and runs of words that they share; all scores lie
/// in [0, 1]. Words are compared as they stand: bring them to lower case first.</summary>
public static class TextScores
{
    /// <summary>BLEU of a whole corpus (Papineni et al. 2002): the geometric mean of the shares of runs of 1 to
    /// <paramref name="order"/> words that a reference has too, counted over all texts, times a penalty for being
    /// too short. Not smoothed: no shared run of the full length gives 0.</summary>
    /// <param name="candidates">The texts.</param>
    /// <param name="references">For each text at least one reference; of several the nearest in length
    /// counts for the penalty, the shorter one of two that are equally near.</param>
    /// <param name="order">The longest runs; 4 gives BLEU-4.</param>
    /// <exception cref="ArgumentException">Nothing to score, or not as many references as texts.</exception>
    public static double Bleu(IReadOnlyList<IReadOnlyList<string>> candidates,
        IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> references, int order = 4)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(references);
        if (candidates.Count == 0 || candidates.Count != references.Count || references.Any(r => r.Count == 0))
            throw new ArgumentException($"BLEU needs texts and at least one reference for each: {candidates.Count} texts, "
                + $"{references.Count} lists of references.", nameof(references));
        var (shared, total) = (new double[order], new double[order]);
        double length = 0, reference = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            int words = candidates[i].Count;
            length += words;
            reference += references[i].Select(r => r.Count).OrderBy(n => Math.Abs(n - words)).ThenBy(n => n).First();
            for (int n = 1; n <= order; n++)
            {
                shared[n - 1] += Shared(candidates[i], references[i], n);
                total[n - 1] += Math.Max(0, words - n + 1);
            }
        }
        return Mean(shared, total, length, reference);
    }

    /// <summary>BLEU of one text, with one added to the counts of runs of two and more words (Lin and Och 2004), so that a
    /// text without a shared run of four still says how near it came: the form for rewards.</summary>
    /// <param name="candidate">The text.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="order">The longest runs.</param>
    public static double SentenceBleu(
        IReadOnlyList<string> candidate, IReadOnlyList<string> reference, int order = 4)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(reference);
        double[] shared = [.. Enumerable.Range(1, order).Select(n => Shared(candidate, [reference], n) + (n > 1 ? 1.0 : 0))];
        double[] total =
            [.. Enumerable.Range(1, order).Select(n => Math.Max(0, candidate.Count - n + 1) + (n > 1 ? 1.0 : 0))];
        return Mean(shared, total, candidate.Count, reference.Count);
    }

    /// <summary>ROUGE-L (Lin 2004): the F-measure of the longest common subsequence, recall counting β² times as much as
    /// precision.</summary>
    /// <param name="candidate">The text.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="beta">β; 1.2 in the program that caption and question papers score with.</param>
    public static double RougeL(IReadOnlyList<string> candidate, IReadOnlyList<string> reference, double beta = 1.2)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(reference);
        int[] row = new int[reference.Count + 1];                       // longest common subsequence, a row at a time
        foreach (string word in candidate)
        {
            int diagonal = 0;
            for (int j = 1; j < row.Length; j++)
                (diagonal, row[j]) = (row[j], word == reference[j - 1] ? diagonal + 1 : Math.Max(row[j], row[j - 1]));
        }
        if (row[^1] == 0) return 0;
        double precision = (double)row[^1] / candidate.Count, recall = (double)row[^1] / reference.Count;
        return (1 + beta * beta) * precision * recall / (recall + beta * beta * precision);
    }

    /// <summary>Runs of n words that a reference has too, each as often as the reference with most of them has it.</summary>
    private static int Shared(
        IReadOnlyList<string> candidate, IReadOnlyList<IReadOnlyList<string>> references, int n)
    {
        var counts = references.Select(r => Runs(r, n).CountBy(run => run).ToDictionary()).ToList();
        return Runs(candidate, n).CountBy(run => run)
            .Sum(run => Math.Min(run.Value, counts.Max(c => c.GetValueOrDefault(run.Key))));
    }

    private static IEnumerable<string> Runs(IReadOnlyList<string> words, int n) =>
        Enumerable.Range(0, Math.Max(0, words.Count - n + 1)).Select(i => string.Join('\n', words.Skip(i).Take(n)));

    private static double Mean(double[] shared, double[] total, double length, double reference)
    {
        if (shared.Contains(0)) return 0;
        double mean = Math.Exp(shared.Zip(total, (s, t) => Math.Log(s / t)).Average());
        return length >= reference ? mean : mean * Math.Exp(1 - reference / length);
    }
}
