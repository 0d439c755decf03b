namespace Lectern.Papers.InstanceSegmentation;

/// <summary>How many candidates to take from each list.</summary>
/// <param name="Sizes">One number a list.</param>
/// <param name="Candidates">How many that is, a picture's mean.</param>
/// <param name="Quality">The best overlap that each object finds among them, the objects' mean.</param>
public sealed record ListSizes(IReadOnlyList<int> Sizes, double Candidates, double Quality);

/// <summary>
/// Learns how to fill a pool of candidates from several ranked lists: the choices for which no other has
/// fewer candidates and better ones (Arbeláez et al. 2014).
/// </summary>
public static class ParetoSizes
{
    /// <summary>The front of choices, by rising numbers of candidates and rising quality.</summary>
    /// <param name="overlaps">
    /// By list and picture: the overlap of each object with each candidate, [objects, candidates].
    /// </param>
    /// <param name="samples">
    /// Sizes S that are tried of each list, and choices that are kept of the lists so far.
    /// </param>
    /// <remarks>
    /// Lists are added one by one to a front of the lists before: (R - 1) S² choices are looked at instead of
    /// S^R. Each costs O(objects).
    /// </remarks>
    /// <exception cref="ArgumentException">There is no list, or not each has candidates of the same pictures.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 2 samples.</exception>
    public static IReadOnlyList<ListSizes> Learn(IReadOnlyList<IReadOnlyList<float[,]>> overlaps, int samples = 16)
    {
        ArgumentNullException.ThrowIfNull(overlaps);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 2);
        if (overlaps.Count == 0 || overlaps.Any(list => list.Count != overlaps[0].Count || list.Count == 0))
            throw new ArgumentException(
                "There is a list at least, and each has candidates of the same pictures.", nameof(overlaps));
        List<Choice> front = [];
        foreach (var list in overlaps)
        {
            var own = Tried(list, samples).Select(size => Of(list, size)).ToList();
            var all = front.Count == 0 ? own : [.. front.SelectMany(before => own.Select(one => before.With(one)))];
            front = Thinned(Front(all), samples);
        }
        return [.. front.Select(choice => new ListSizes(choice.Sizes, choice.Candidates, choice.Quality))];
    }

    private sealed record Choice(int[] Sizes, double Candidates, float[] Best)
    {
        internal double Quality { get; } = Best.Length == 0 ? 0 : Best.Average();

        internal Choice With(Choice one) => new(
            [.. Sizes, .. one.Sizes], Candidates + one.Candidates, [.. Best.Zip(one.Best, Math.Max)]);
    }

    /// <summary>The first candidates of one list.</summary>
    private static Choice Of(IReadOnlyList<float[,]> list, int size)
    {
        var best = new List<float>();
        foreach (var picture in list)
            for (int o = 0; o < picture.GetLength(0); o++)
            {
                float most = 0;
                for (int c = 0; c < Math.Min(size, picture.GetLength(1)); c++) most = Math.Max(most, picture[o, c]);
                best.Add(most);
            }
        return new Choice([size], list.Average(picture => Math.Min(size, picture.GetLength(1))), [.. best]);
    }

    /// <summary>Sizes from none to all, closer together where they are small.</summary>
    private static IEnumerable<int> Tried(IReadOnlyList<float[,]> list, int samples)
    {
        int most = list.Max(picture => picture.GetLength(1));
        return most < samples
            ? Enumerable.Range(0, most + 1)
            : Enumerable.Range(0, samples)
                .Select(i => (int)Math.Round(Math.Pow(most + 1, i / (samples - 1.0)) - 1)).Distinct();
    }

    private static List<Choice> Front(List<Choice> choices)
    {
        var front = new List<Choice>();
        foreach (var choice in choices.OrderBy(one => one.Candidates).ThenByDescending(one => one.Quality))
            if (front.Count == 0 || choice.Quality > front[^1].Quality) front.Add(choice);
        return front;
    }

    private static List<Choice> Thinned(List<Choice> front, int samples) => front.Count <= samples
        ? front
        : [.. Enumerable.Range(0, samples).Select(i => front[(int)((long)i * (front.Count - 1) / (samples - 1))])];
}
