using Lectern.KnowledgeGraphs;

namespace Lectern.Tests.KnowledgeGraphs;

/// <summary>Domains and ranges of relations, and rankings among them.</summary>
public sealed class TypeConstraintsTests
{
    private static readonly Triple[] Triples =
        [new(4, 0, 1), new(2, 0, 1), new(4, 0, 3), new(4, 0, 3), new(0, 2, 4)];

    [Fact]
    public void Domain_and_range_are_the_ends_of_a_relations_triples()
    {
        var types = new TypeConstraints(Triples);
        Assert.Equal([2, 4], types.Heads(0).ToArray());
        Assert.Equal([1, 3], types.Tails(0).ToArray());
        Assert.Equal([0], types.Heads(2).ToArray());
        Assert.Equal([4], types.Tails(2).ToArray());
        Assert.True(types.Heads(1).IsEmpty);
        Assert.True(types.Allow(new Triple(2, 0, 3)));
        Assert.False(types.Allow(new Triple(3, 0, 3)));
        Assert.False(types.Allow(new Triple(2, 0, 2)));
        Assert.False(types.Allow(new Triple(2, 1, 3)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_ranking_among_types_equals_one_where_all_others_score_lowest(int seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        for (int trial = 0; trial < 200; trial++)
        {
            int n = 2 + random.Next(30), answer = random.Next(n);
            float[] scores = [.. Enumerable.Range(0, n).Select(_ => (float)random.Next(6))];
            int[] Some(int oneIn) => [.. Enumerable.Range(0, n).Where(_ => random.Next(oneIn) == 0)];
            int[] known = [.. Some(4).Append(answer).Distinct().Order()], among = Some(2);
            float[] lowered = [.. scores.Select((s, e) => e == answer || among.Length == 0 || among.Contains(e) ? s : -1)];
            int[] typed = new int[1], all = new int[1];
            LinkRanking.Ranks(tensor(scores).unsqueeze(0), [answer], _ => known, typed, _ => among);
            LinkRanking.Ranks(tensor(lowered).unsqueeze(0), [answer], _ => known, all);
            Assert.Equal(all, typed);
        }
    }

    [Fact]
    public void A_model_ranks_better_or_as_well_among_the_right_types()
    {
        manual_seed(1);
        using var model = new LinkPredictor(5, 3, new LinkSettings { Width = 4, StartScale = 1 });
        var (all, typed) = (LinkRanking.Rank(model, Triples, null), LinkRanking.Rank(model, Triples, null, types: new(Triples)));
        Assert.All(all.HeadRanks.Zip(typed.HeadRanks), pair => Assert.True(pair.Second <= pair.First));
        Assert.All(typed.HeadRanks.Concat(typed.TailRanks), rank => Assert.InRange(rank, 1, 2));
        Assert.Equal([1, 1], new[] { typed.HeadRanks[^1], typed.TailRanks[^1] });      // the only entity of its type
    }
}
