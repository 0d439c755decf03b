namespace Lectern.KnowledgeGraphs;

/// <summary>Triples by what a question about them gives: the tails of (head, relation), the heads of (relation,
/// tail).</summary>
/// <remarks>Two sorted arrays and two tables of ranges: memory O(triples), look-up O(1).</remarks>
public sealed class TripleIndex
{
    private readonly Answers tails, heads;

    /// <param name="triples">The triples; one that is there twice counts once.</param>
    public TripleIndex(IEnumerable<Triple> triples)
    {
        ArgumentNullException.ThrowIfNull(triples);
        var distinct = triples.Distinct().ToArray();
        Count = distinct.Length;
        tails = new Answers(distinct.Select(triple => (Key(triple.Head, triple.Relation), triple.Tail)));
        heads = new Answers(distinct.Select(triple => (Key(triple.Tail, triple.Relation), triple.Head)));
    }

    /// <summary>Number of distinct triples.</summary>
    public int Count { get; }

    /// <summary>What answers (head, relation, ?), ascending; empty where nothing does.</summary>
    public ReadOnlySpan<int> Tails(int head, int relation) => tails.Of(Key(head, relation));

    /// <summary>What answers (?, relation, tail), ascending; empty where nothing does.</summary>
    public ReadOnlySpan<int> Heads(int relation, int tail) => heads.Of(Key(tail, relation));

    /// <summary>What answers a question.</summary>
    /// <param name="question">The question.</param>
    public ReadOnlySpan<int> Of(LinkQuestion question) => question.AsksHead
        ? Heads(question.Relation, question.Entity)
        : Tails(question.Entity, question.Relation);

    /// <summary>Whether a triple is there.</summary>
    public bool Has(Triple triple) => Tails(triple.Head, triple.Relation).BinarySearch(triple.Tail) >= 0;

    /// <summary>Each question that some triple answers, once: first those for tails, then those for heads.</summary>
    public IEnumerable<LinkQuestion> Questions() =>
    [
        .. tails.Keys.Select(key => new LinkQuestion((int)(key >> 32), (int)key, AsksHead: false)),
        .. heads.Keys.Select(key => new LinkQuestion((int)(key >> 32), (int)key, AsksHead: true)),
    ];

    private static long Key(int entity, int relation) => (long)entity << 32 | (uint)relation;

    private sealed class Answers
    {
        private readonly Dictionary<long, (int Begin, int Length)> ranges = [];
        private readonly int[] answers;

        internal Answers(IEnumerable<(long Key, int Answer)> pairs)
        {
            var sorted = pairs.ToArray();
            Array.Sort(sorted);
            answers = [.. sorted.Select(pair => pair.Answer)];
            for (int begin = 0, end; begin < sorted.Length; begin = end)
            {
                for (end = begin + 1; end < sorted.Length && sorted[end].Key == sorted[begin].Key;) end++;
                ranges.Add(sorted[begin].Key, (begin, end - begin));
            }
        }

        internal IEnumerable<long> Keys => ranges.Keys;

        internal ReadOnlySpan<int> Of(long key) =>
            ranges.TryGetValue(key, out var range) ? answers.AsSpan(range.Begin, range.Length) : [];
    }
}
