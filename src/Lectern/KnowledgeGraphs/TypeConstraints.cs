namespace Lectern.KnowledgeGraphs;

/// <summary>Which entities can stand before and after a relation, told from triples: its domain and its range.</summary>
/// <remarks>
/// The local closed-world assumption of Krompaß, Baier and Tresp, "Type-Constrained Representation Learning in Knowledge
/// Graphs", ISWC 2015: an entity can be the head of a relation if it is the head of one of its triples. Memory O(triples).
/// </remarks>
public sealed class TypeConstraints
{
    private readonly Dictionary<int, int[]> heads, tails;

    /// <param name="triples">What it is told from; the training triples, usually.</param>
    public TypeConstraints(IEnumerable<Triple> triples)
    {
        ArgumentNullException.ThrowIfNull(triples);
        var byRelation = triples.ToLookup(triple => triple.Relation);
        Dictionary<int, int[]> Ends(Func<Triple, int> end) => byRelation.ToDictionary(
            group => group.Key, group => group.Select(end).Distinct().Order().ToArray());
        (heads, tails) = (Ends(triple => triple.Head), Ends(triple => triple.Tail));
    }

    /// <summary>The domain of a relation, ascending; empty for one without triples.</summary>
    public ReadOnlySpan<int> Heads(int relation) => heads.GetValueOrDefault(relation);

    /// <summary>The range of a relation, ascending; empty for one without triples.</summary>
    public ReadOnlySpan<int> Tails(int relation) => tails.GetValueOrDefault(relation);

    /// <summary>Whether both ends of a triple are of the kind that its relation wants.</summary>
    public bool Allow(Triple triple) =>
        Heads(triple.Relation).BinarySearch(triple.Head) >= 0 && Tails(triple.Relation).BinarySearch(triple.Tail) >= 0;
}
