namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>
/// What a query asks, without its names: which slots of a list of anchors and of a list of relations stand where. One
/// shape serves a single question and a batch of thousands.
/// </summary>
/// <remarks>
/// A shape stands for the set of its answers: an anchor for one entity, a step for all that a relation leads to from
/// the answers of another shape, a conjunction for what all its parts share, a disjunction for what any of them has.
/// </remarks>
public abstract record QueryShape
{
    private QueryShape()
    {
    }

    /// <summary>The entity in a slot.</summary>
    /// <param name="Slot">Place among the anchors.</param>
    public sealed record Anchor(int Slot) : QueryShape;

    /// <summary>What a relation leads to.</summary>
    /// <param name="From">Where it starts.</param>
    /// <param name="Slot">Place among the relations.</param>
    public sealed record Step(QueryShape From, int Slot) : QueryShape;

    /// <summary>∧: the answers that all parts share.</summary>
    /// <param name="Parts">At least two.</param>
    public sealed record And(IReadOnlyList<QueryShape> Parts) : QueryShape;

    /// <summary>∨: the answers of any part.</summary>
    /// <param name="Parts">At least two.</param>
    public sealed record Or(IReadOnlyList<QueryShape> Parts) : QueryShape;

    /// <summary>
    /// The disjunctive normal form: shapes without ∨ whose answers together are this shape's. A step of a union is the
    /// union of steps; a conjunction of unions is the union of the conjunctions of one branch from each.
    /// </summary>
    public IReadOnlyList<QueryShape> Branches() => this switch
    {
        Step step => [.. step.From.Branches().Select(branch => new Step(branch, step.Slot))],
        Or or => [.. or.Parts.SelectMany(part => part.Branches())],
        And and => [.. and.Parts
            .Aggregate<QueryShape, IEnumerable<QueryShape[]>>([[]], (chosen, part) =>
                chosen.SelectMany(some => part.Branches().Select(branch => (QueryShape[])[.. some, branch])))
            .Select(parts => new And(parts))],
        _ => [this],
    };

    /// <summary>The same shape with its slots further down both lists: to join two queries' lists.</summary>
    internal QueryShape Moved(int anchors, int relations) => this switch
    {
        Anchor anchor => new Anchor(anchor.Slot + anchors),
        Step step => new Step(step.From.Moved(anchors, relations), step.Slot + relations),
        And and => new And([.. and.Parts.Select(part => part.Moved(anchors, relations))]),
        Or or => new Or([.. or.Parts.Select(part => part.Moved(anchors, relations))]),
        _ => throw new InvalidOperationException($"{GetType().Name} is no shape of this file."),
    };
}
