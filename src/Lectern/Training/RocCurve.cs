namespace Lectern.Training;

/// <summary>How well scores put the positive cases first.</summary>
public static class RocCurve
{
    /// <summary>Area under the ROC curve: the chance that a positive case scores above a negative one, ties counting half.</summary>
    /// <param name="scores">A score a case; higher means more likely positive.</param>
    /// <param name="positive">Which cases are positive.</param>
    /// <returns>From 0 to 1; 0.5 is guessing. Cost O(n log n).</returns>
    /// <exception cref="ArgumentException">The two differ in length, or one kind of case is missing.</exception>
    public static double Area(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        if (scores.Count != positive.Count)
            throw new ArgumentException($"{scores.Count} scores for {positive.Count} cases: give one each.", nameof(scores));
        double positives = positive.Count(p => p), negatives = positive.Count - positives;
        if (positives == 0 || negatives == 0)
            throw new ArgumentException("The curve wants positive and negative cases; one kind is missing.", nameof(positive));
        int[] order = [.. Enumerable.Range(0, scores.Count).OrderBy(i => scores[i])];
        double ranks = 0;
        for (int begin = 0; begin < order.Length;)
        {
            int end = begin + 1;
            while (end < order.Length && scores[order[end]] == scores[order[begin]]) end++;
            double rank = (begin + 1 + end) / 2.0;                          // tied scores share their mean rank
            for (int i = begin; i < end; i++) if (positive[order[i]]) ranks += rank;
            begin = end;
        }
        return (ranks - positives * (positives + 1) / 2) / (positives * negatives);
    }
}
