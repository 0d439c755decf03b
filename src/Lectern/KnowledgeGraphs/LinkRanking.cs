using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>Ranks among all entities, put together.</summary>
/// <param name="Count">Number of questions.</param>
/// <param name="Mrr">Mean of 1/rank.</param>
/// <param name="Hits1">Share of questions whose answer is first.</param>
/// <param name="Hits3">Share of ranks up to 3.</param>
/// <param name="Hits10">Share of ranks up to 10.</param>
/// <param name="MeanRank">Mean rank, from 1.</param>
public sealed record LinkMetrics(int Count, double Mrr, double Hits1, double Hits3, double Hits10, double MeanRank)
{
    internal static LinkMetrics Of(IReadOnlyCollection<int> ranks) => ranks.Count == 0
        ? new(0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN)
        : new(ranks.Count, ranks.Average(rank => 1.0 / rank),
            Share(ranks, 1), Share(ranks, 3), Share(ranks, 10), ranks.Average());

    private static double Share(IReadOnlyCollection<int> ranks, int most) =>
        ranks.Count(rank => rank <= most) / (double)ranks.Count;
}

/// <summary>How many tails a head has, and heads a tail (Bordes et al. 2013): more than 1.5 on average is
/// "many".</summary>
public enum RelationKind
{
    /// <summary>One head, one tail.</summary>
    OneToOne,

    /// <summary>One head, many tails.</summary>
    OneToMany,

    /// <summary>Many heads, one tail.</summary>
    ManyToOne,

    /// <summary>Many heads, many tails.</summary>
    ManyToMany,
}

/// <summary>The ranks of some triples' heads and tails.</summary>
/// <param name="Triples">The triples.</param>
/// <param name="HeadRanks">Rank of each one's head among the answers of (?, r, t).</param>
/// <param name="TailRanks">Rank of each one's tail among the answers of (h, r, ?).</param>
public sealed record LinkRanks(IReadOnlyList<Triple> Triples, int[] HeadRanks, int[] TailRanks)
{
    /// <summary>Of heads and tails together.</summary>
    public LinkMetrics All => LinkMetrics.Of([.. HeadRanks, .. TailRanks]);

    /// <summary>Of heads.</summary>
    public LinkMetrics Heads => LinkMetrics.Of(HeadRanks);

    /// <summary>Of tails.</summary>
    public LinkMetrics Tails => LinkMetrics.Of(TailRanks);

    /// <summary>Of heads and tails together, relation by relation.</summary>
    public IReadOnlyDictionary<int, LinkMetrics> ByRelation() => By(triple => triple.Relation);

    /// <summary>Of heads and tails together, by the kind of the relation.</summary>
    /// <param name="training">What the kinds are told from.</param>
    public IReadOnlyDictionary<RelationKind, LinkMetrics> ByKind(IReadOnlyList<Triple> training)
    {
        var kinds = LinkRanking.Kinds(training);
        return By(triple => kinds.GetValueOrDefault(triple.Relation, RelationKind.OneToOne));
    }

    private Dictionary<TKey, LinkMetrics> By<TKey>(Func<Triple, TKey> key) where TKey : notnull =>
        Enumerable.Range(0, Triples.Count).GroupBy(i => key(Triples[i])).ToDictionary(
            group => group.Key,
            group => LinkMetrics.Of([.. group.Select(i => HeadRanks[i]), .. group.Select(i => TailRanks[i])]));
}

/// <summary>Filtered ranking: the true answer among all entities but the other known answers.</summary>
/// <remarks>
/// rank = 1 + (number of higher scores) + ⌊t/2⌋, t the number of scores that equal the true one, itself included,
/// within 1e-5 and 1e-4 of its size (Ruffinelli et al. 2020). A score that is not a number counts as the lowest.
/// Questions are scored some at a time, so that memory does not grow with their number: O(chunk).
/// </remarks>
public static class LinkRanking
{
    private const float AbsoluteTie = 1e-5f, RelativeTie = 1e-4f;

    /// <summary>Ranks the heads and tails of triples.</summary>
    /// <param name="model">The model; it is left in evaluation mode.</param>
    /// <param name="triples">The triples.</param>
    /// <param name="known">Triples whose answers are left out; null: a raw ranking.</param>
    /// <param name="chunk">Numbers of a table of scores at most, about; a table has n a question.</param>
    /// <param name="types">Ranks the answer only among the entities of its relation's domain or range; null: among all. A
    /// relation without any ranks among all.</param>
    public static LinkRanks Rank(LinkPredictor model, IReadOnlyList<Triple> triples, TripleIndex? known, long chunk = 1 << 24,
        TypeConstraints? types = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(triples);
        model.eval();
        using var quiet = no_grad();
        var (heads, tails) = (new int[triples.Count], new int[triples.Count]);
        int step = (int)Math.Clamp(chunk / model.EntityCount, 1, 4096);
        using var progress = Progress.Start("rank", triples.Count);
        for (int at = 0; at < triples.Count; at += step)
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            var some = triples.Skip(at).Take(step).ToArray();
            using var scope = NewDisposeScope();
            var device = model.Entities.device;
            var head = tensor(some.Select(t => (long)t.Head).ToArray(), device: device);
            var relation = tensor(some.Select(t => (long)t.Relation).ToArray(), device: device);
            var tail = tensor(some.Select(t => (long)t.Tail).ToArray(), device: device);
            Ranks(model.Answers(head, relation, askHeads: false), [.. some.Select(t => t.Tail)],
                row => known is null ? [] : known.Tails(some[row].Head, some[row].Relation),
                tails.AsSpan(at, some.Length), types is null ? null : row => types.Tails(some[row].Relation));
            Ranks(model.Answers(tail, relation, askHeads: true), [.. some.Select(t => t.Head)],
                row => known is null ? [] : known.Heads(some[row].Relation, some[row].Tail),
                heads.AsSpan(at, some.Length), types is null ? null : row => types.Heads(some[row].Relation));
            progress.Report(at + some.Length);
        }
        return new LinkRanks(triples, heads, tails);
    }

    internal delegate ReadOnlySpan<int> EntitiesOf(int row);

    /// <summary>The rank of one entity a row of scores, the others of its known answers left out, among all entities or those
    /// of the right type.</summary>
    internal static unsafe void Ranks(Tensor scores, int[] answers, EntitiesOf known, Span<int> ranks, EntitiesOf? types = null)
    {
        using var scope = NewDisposeScope();
        var table = scores.cpu().to(ScalarType.Float32).contiguous();
        int n = (int)table.shape[1];
        float* first = Kernels.Pointer<float>(table);
        int[] found = new int[answers.Length];
        Parallel.For(0, answers.Length, Kernels.Threads, row =>
        {
            var own = new ReadOnlySpan<float>(first + (long)row * n, n);
            var among = types is null ? [] : types(row);
            found[row] = among.IsEmpty ? RankOf(own, answers[row], known(row)) : RankOf(own, answers[row], known(row), among);
        });
        GC.KeepAlive(table);
        found.CopyTo(ranks);
    }

    /// <summary>The rank of one entity by its score, the other known answers left out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int RankOf(ReadOnlySpan<float> scores, int answer, ReadOnlySpan<int> known)
    {
        float own = float.IsNaN(scores[answer]) ? float.NegativeInfinity : scores[answer];
        float band = float.IsInfinity(own) ? 0 : AbsoluteTie + RelativeTie * Math.Abs(own);
        float above = own + band, below = own - band;       // beyond these there is no tie
        int lanes = Vector<float>.Count, at = 0;
        var (high, low) = (new Vector<float>(above), new Vector<float>(below));
        var (higher, notLower) = (Vector<int>.Zero, Vector<int>.Zero);      // true is -1
        for (; at + lanes <= scores.Length; at += lanes)
        {
            var x = new Vector<float>(scores[at..]);
            higher -= Vector.GreaterThan(x, high);
            notLower -= Vector.GreaterThanOrEqual(x, low);
        }
        int greater = Vector.Sum(higher), reached = Vector.Sum(notLower);
        for (; at < scores.Length; at++)
        {
            if (scores[at] > above) greater++;
            if (scores[at] >= below) reached++;
        }
        foreach (int other in known)
        {
            if (other == answer) continue;
            if (scores[other] > above) greater--;
            if (scores[other] >= below) reached--;
        }
        // With a score of -∞ for the answer, what is no number ties with it.
        if (float.IsNegativeInfinity(own)) reached = scores.Length - known.Length + (known.Contains(answer) ? 1 : 0);
        return 1 + greater + (reached - greater) / 2;
    }

    /// <summary>The rank among some entities, ascending, and the answer itself, which may be of another type.</summary>
    private static int RankOf(ReadOnlySpan<float> scores, int answer, ReadOnlySpan<int> known, ReadOnlySpan<int> among)
    {
        var few = new List<float>(among.Length + 1) { scores[answer] };
        foreach (int other in among)
            if (other != answer && known.BinarySearch(other) < 0) few.Add(scores[other]);
        return RankOf(CollectionsMarshal.AsSpan(few), 0, []);
    }

    /// <summary>The kind of each relation.</summary>
    /// <param name="triples">The triples that it is told from.</param>
    public static IReadOnlyDictionary<int, RelationKind> Kinds(IReadOnlyList<Triple> triples) =>
        triples.Distinct().GroupBy(triple => triple.Relation).ToDictionary(group => group.Key, KindOf);

    private static RelationKind KindOf(IEnumerable<Triple> triples)
    {
        double size = triples.Count();
        bool manyTails = size / triples.Select(triple => triple.Head).Distinct().Count() > 1.5;
        bool manyHeads = size / triples.Select(triple => triple.Tail).Distinct().Count() > 1.5;
        return (manyHeads, manyTails) switch
        {
            (false, false) => RelationKind.OneToOne,
            (false, true) => RelationKind.OneToMany,
            (true, false) => RelationKind.ManyToOne,
            _ => RelationKind.ManyToMany,
        };
    }
}
