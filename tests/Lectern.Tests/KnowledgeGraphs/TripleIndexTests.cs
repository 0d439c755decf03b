using Lectern.KnowledgeGraphs;

namespace Lectern.Tests.KnowledgeGraphs;

public sealed class TripleIndexTests
{
    [Fact]
    public void Answers_are_those_of_a_search_through_all_triples()
    {
        var random = new Random(1);
        Triple[] triples = [.. Enumerable.Range(0, 200).Select(_ => new Triple(random.Next(12), random.Next(3), random.Next(12)))];
        var index = new TripleIndex(triples);

        Assert.Equal(triples.Distinct().Count(), index.Count);
        for (int r = 0; r < 3; r++)
            for (int e = 0; e < 13; e++)
            {
                Assert.Equal(triples.Where(t => t.Head == e && t.Relation == r).Select(t => t.Tail).Distinct().Order(), index.Tails(e, r).ToArray());
                Assert.Equal(triples.Where(t => t.Tail == e && t.Relation == r).Select(t => t.Head).Distinct().Order(), index.Heads(r, e).ToArray());
            }
        Assert.True(index.Has(triples[7]));
        Assert.False(index.Has(new Triple(12, 0, 0)));
        var questions = index.Questions().ToList();
        Assert.Equal(questions.Count, questions.Distinct().Count());
        Assert.Equal(2 * index.Count, questions.Sum(question => index.Of(question).Length));
    }
}
