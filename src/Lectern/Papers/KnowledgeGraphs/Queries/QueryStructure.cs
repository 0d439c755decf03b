using static Lectern.Papers.KnowledgeGraphs.QueryShape;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>One of the nine kinds of queries of Ren, Hu and Leskovec 2020 (figure 4).</summary>
/// <param name="Name">p: a step, i: an intersection, u: a union; in the order in which they are taken.</param>
/// <param name="Shape">The shape; slots count from left to right and from the anchors upwards.</param>
/// <param name="Anchors">Number of anchors.</param>
/// <param name="Relations">Number of relations.</param>
/// <param name="Trained">Whether models are trained on it; the others are only asked.</param>
public sealed record QueryStructure(string Name, QueryShape Shape, int Anchors, int Relations, bool Trained)
{
    /// <summary>All nine: the five that are trained, then those that are not.</summary>
    public static IReadOnlyList<QueryStructure> All { get; } =
    [
        new("1p", Chain(0, 0), 1, 1, true),
        new("2p", Chain(0, 0, 1), 1, 2, true),
        new("3p", Chain(0, 0, 1, 2), 1, 3, true),
        new("2i", new And([Chain(0, 0), Chain(1, 1)]), 2, 2, true),
        new("3i", new And([Chain(0, 0), Chain(1, 1), Chain(2, 2)]), 3, 3, true),
        new("ip", new Step(new And([Chain(0, 0), Chain(1, 1)]), 2), 2, 3, false),
        new("pi", new And([Chain(0, 0, 1), Chain(1, 2)]), 2, 3, false),
        new("2u", new Or([Chain(0, 0), Chain(1, 1)]), 2, 2, false),
        new("up", new Step(new Or([Chain(0, 0), Chain(1, 1)]), 2), 2, 3, false),
    ];

    private static QueryShape Chain(int anchor, params int[] relations) =>
        relations.Aggregate((QueryShape)new Anchor(anchor), (shape, slot) => new Step(shape, slot));
}
