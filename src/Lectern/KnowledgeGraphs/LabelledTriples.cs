namespace Lectern.KnowledgeGraphs;

/// <summary>Triples to learn from, and true and false ones to choose by and to report on: what triple
/// classification needs.</summary>
/// <param name="Links">The true triples, in three parts.</param>
/// <param name="ValidationNegatives">False triples that go with the validation part.</param>
/// <param name="TestNegatives">False triples that go with the test part.</param>
public sealed record LabelledTriples(
    LinkDataset Links, IReadOnlyList<Triple> ValidationNegatives, IReadOnlyList<Triple> TestNegatives)
{
    /// <summary>A false triple for each true one of validation and test, as the sets of Socher et al. 2013
    /// were made: the tail gives way to another one that its relation has, which makes the falsehood a
    /// plausible one.</summary>
    /// <param name="links">The true triples. What is not among them counts as false: a closed world.</param>
    /// <param name="seed">Which of the many tails.</param>
    /// <exception cref="ArgumentException">All entities answer some question, so that no false tail is
    /// left.</exception>
    public static LabelledTriples WithNegatives(LinkDataset links, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(links);
        var random = new Random(seed);
        var tails = links.All.GroupBy(t => t.Relation)
            .ToDictionary(g => g.Key, g => g.Select(t => t.Tail).Distinct().Order().ToArray());
        int[] everything = [.. Enumerable.Range(0, links.Entities.Count)];
        Triple Falsified(Triple triple)
        {
            int[] False(int[] among) =>
                [.. among.Where(tail => !links.Known.Has(triple with { Tail = tail }))];
            int[] wrong = False(tails[triple.Relation]);
            if (wrong.Length == 0) wrong = False(everything);           // all tails of the relation are right
            return wrong.Length > 0
                ? triple with { Tail = wrong[random.Next(wrong.Length)] }
                : throw new ArgumentException($"All entities are tails of '{links.Entities[triple.Head]} "
                    + $"{links.Relations[triple.Relation]}' in '{links.Name}'; no false one is left.",
                    nameof(links));
        }
        return new LabelledTriples(
            links, [.. links.Validation.Select(Falsified)], [.. links.Test.Select(Falsified)]);
    }
}
