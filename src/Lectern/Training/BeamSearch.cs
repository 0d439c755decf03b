namespace Lectern.Training;

/// <summary>A text that a search has found.</summary>
/// <param name="Words">Numbers of its words, without start and end.</param>
/// <param name="Score">Mean log-probability of a word, the end's included where it has one.</param>
public sealed record Found(IReadOnlyList<int> Words, double Score);

/// <summary>Search for a likely sequence word by word: of all continuations of the best K beginnings, the best K go on.</summary>
/// <remarks>
/// All sources are searched at once. A beginning that ends is set aside; a source is done when K are, and the best by mean
/// log-probability wins. With K = 1 that is the greedy choice. Cost: a step of B·K rows for each word.
/// </remarks>
public static class BeamSearch
{
    /// <summary>Searches for one text a source.</summary>
    /// <typeparam name="TState">What the model remembers of the words so far, a row for each beginning.</typeparam>
    /// <param name="sources">B.</param>
    /// <param name="beam">K, beginnings kept.</param>
    /// <param name="start">The word that every text begins with.</param>
    /// <param name="end">The word that ends one.</param>
    /// <param name="least">Words that a text has at least, if the model knows so many.</param>
    /// <param name="most">Words that it has at most.</param>
    /// <param name="state">The state before the first word, B·K rows, those of a source together.</param>
    /// <param name="step">State and last words, int64 [B·K], to the next state and log-probabilities [B·K, V].</param>
    /// <param name="select">Takes rows of a state: state and numbers of rows, int64 [B·K].</param>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1, or more words at least than at most.</exception>
    public static IReadOnlyList<Found> Run<TState>(int sources, int beam, int start, int end, int least, int most,
        TState state, Func<TState, Tensor, (TState State, Tensor LogP)> step, Func<TState, Tensor, TState> select)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sources, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(beam, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, Math.Max(1, least));
        var alive = new List<(int[] Words, double Sum)>[sources];       // K a source, in the order of the state's rows
        var ended = new List<Found>[sources];
        for (int b = 0; b < sources; b++)
        {
            // One beginning; the copies that fill the beam must not win.
            alive[b] = [.. Enumerable.Range(0, beam).Select(k => (Array.Empty<int>(), k == 0 ? 0 : double.NegativeInfinity))];
            ended[b] = [];
        }
        for (int t = 0; t < most && ended.Any(e => e.Count < beam); t++)
        {
            using var last = tensor(alive.SelectMany(a => a).Select(a => (long)(t == 0 ? start : a.Words[^1])).ToArray());
            var (next, logP) = step(state, last);
            int words = (int)logP.shape[1], wide = Math.Min(2 * beam, words);
            var (values, indices) = logP.topk(wide, 1);                 // [B·K, 2K]: enough, since at most K of them end
            float[] value = values.data<float>().ToArray();
            long[] index = indices.data<long>().ToArray();
            long[] rows = new long[sources * beam];
            for (int b = 0; b < sources; b++)
            {
                var best = (from k in Enumerable.Range(0, beam)
                            from i in Enumerable.Range(0, wide)
                            let at = (b * beam + k) * wide + i
                            where !(index[at] == end && t < least)
                            let sum = alive[b][k].Sum + value[at]
                            orderby sum descending
                            select (Row: k, Word: (int)index[at], Sum: sum)).Take(2 * beam);
                var kept = new List<(int[] Words, double Sum)>();
                foreach (var (row, word, sum) in best)
                {
                    if (ended[b].Count == beam || kept.Count == beam) break;
                    if (word == end && double.IsFinite(sum)) ended[b].Add(new Found(alive[b][row].Words, sum / (t + 1)));
                    if (word == end) continue;
                    rows[b * beam + kept.Count] = b * beam + row;
                    kept.Add(([.. alive[b][row].Words, word], sum));
                }
                for (int k = kept.Count; k < beam; k++)                 // a source that is done keeps its place
                {
                    rows[b * beam + k] = b * beam;
                    kept.Add(([.. alive[b][0].Words, end], double.NegativeInfinity));
                }
                alive[b] = kept;
            }
            using var chosen = tensor(rows);
            state = select(next, chosen);
        }
        return [.. Enumerable.Range(0, sources).Select(b =>
            (ended[b].Count > 0 ? ended[b] : alive[b].Select(a => new Found(a.Words, a.Sum / most))).MaxBy(f => f.Score)!)];
    }
}
