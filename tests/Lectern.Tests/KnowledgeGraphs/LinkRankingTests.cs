using Lectern.KnowledgeGraphs;

namespace Lectern.Tests.KnowledgeGraphs;

public sealed class LinkRankingTests
{
    private static int Rank(float[] scores, int answer, params int[] known)
    {
        using var scope = NewDisposeScope();
        int[] ranks = new int[1];
        LinkRanking.Ranks(tensor(scores).unsqueeze(0), [answer], _ => known, ranks);
        return ranks[0];
    }

    [Fact]
    public void Ranks_by_hand()
    {
        Assert.Equal(1, Rank([3, 2, 1], 0));
        Assert.Equal(3, Rank([3, 2, 1], 2));
        Assert.Equal(2, Rank([3, 2, 1], 2, 1, 2));                      // 2 is known to be right, too
        Assert.Equal(3, Rank([10, 10, 10, 11, 9], 0));                  // three tie behind one: 1 + 1 + ⌊3/2⌋
        Assert.Equal(2, Rank([10, 10, 10, 11, 9], 0, 0, 3, 1));
        Assert.Equal(2, Rank([5, 5.0003f], 0, 0));                      // a tie, within a ten thousandth: 1 + ⌊2/2⌋
    }

    [Fact]
    public void Equal_scores_rank_in_the_middle_and_never_first()
    {
        for (int n = 1; n < 40; n++) Assert.Equal(1 + n / 2, Rank(new float[n], n - 1));
    }

    [Fact]
    public void What_is_no_number_is_last()
    {
        Assert.Equal(1, Rank([1, float.NaN, 0], 0));
        Assert.Equal(3, Rank([1, float.NaN, 0], 1));
        Assert.Equal(2, Rank([1, float.NaN, 0], 1, 0));
    }

    /// <summary>The definition, number by number.</summary>
    private static int Slow(float[] scores, int answer, HashSet<int> known)
    {
        double own = scores[answer], band = 1e-5 + 1e-4 * Math.Abs(own);
        var others = Enumerable.Range(0, scores.Length).Where(e => e == answer || !known.Contains(e)).ToList();
        int greater = others.Count(e => scores[e] > own + band), ties = others.Count(e => Math.Abs(scores[e] - own) <= band);
        return 1 + greater + ties / 2;
    }

    [Fact]
    public void Random_scores_with_many_ties_rank_as_defined()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 300; trial++)
        {
            float[] scores = [.. Enumerable.Range(0, 1 + random.Next(70)).Select(_ => (float)random.Next(12))];
            int answer = random.Next(scores.Length);
            int[] known = [.. Enumerable.Range(0, scores.Length).Where(e => e == answer || random.Next(4) == 0)];
            Assert.Equal(Slow(scores, answer, [.. known]), Rank(scores, answer, known));
        }
    }

    private static LinkDataset Small(int seed = 1)
    {
        var random = new Random(seed);
        Triple[] triples = [.. Enumerable.Range(0, 120).Select(_ => new Triple(random.Next(20), random.Next(3), random.Next(20))).Distinct()];
        return new LinkDataset("random", [.. Enumerable.Range(0, 20).Select(i => $"e{i}")], ["a", "b", "c"], triples[..^40], triples[^40..^20], triples[^20..]);
    }

    [Theory]
    [InlineData(LinkModel.ComplEx, false)]
    [InlineData(LinkModel.TransE, false)]
    [InlineData(LinkModel.Rescal, true)]
    public void A_model_is_ranked_as_one_triple_at_a_time_in_chunks_of_any_size(LinkModel kind, bool reciprocal)
    {
        manual_seed(1);
        var data = Small();
        using var model = new LinkPredictor(20, 3, new LinkSettings { Model = kind, Width = 8, Reciprocal = reciprocal, StartScale = 1 });
        var whole = LinkRanking.Rank(model, data.Test, data.Known);

        Assert.Equal(whole.HeadRanks, LinkRanking.Rank(model, data.Test, data.Known, chunk: 60).HeadRanks);
        Assert.Equal(whole.TailRanks, LinkRanking.Rank(model, data.Test, data.Known, chunk: 1).TailRanks);
        using var quiet = no_grad();
        for (int i = 0; i < data.Test.Count; i++)
        {
            using var scope = NewDisposeScope();
            var (h, r, t) = data.Test[i];
            float[] tails = model.Answers(tensor(new long[] { h }), tensor(new long[] { r }), false)[0].data<float>().ToArray();
            float[] heads = model.Answers(tensor(new long[] { t }), tensor(new long[] { r }), true)[0].data<float>().ToArray();
            Assert.Equal(Slow(tails, t, [.. data.All.Where(x => x.Head == h && x.Relation == r).Select(x => x.Tail)]), whole.TailRanks[i]);
            Assert.Equal(Slow(heads, h, [.. data.All.Where(x => x.Tail == t && x.Relation == r).Select(x => x.Head)]), whole.HeadRanks[i]);
        }
    }

    [Fact]
    public void Measures_follow_from_ranks()
    {
        var ranks = new LinkRanks([new(0, 0, 1), new(1, 1, 2)], [1, 4], [2, 11]);

        Assert.Equal((1 + 0.25 + 0.5 + 1 / 11.0) / 4, ranks.All.Mrr, 1e-12);
        Assert.Equal((0.25, 0.5, 0.75, 4.5), (ranks.All.Hits1, ranks.All.Hits3, ranks.All.Hits10, ranks.All.MeanRank));
        Assert.Equal(0.75, ranks.ByRelation()[0].Mrr, 1e-12);
        Assert.Equal(2, ranks.ByRelation()[1].Count);
    }

    [Fact]
    public void Filtering_never_makes_a_rank_worse_and_measures_are_ordered()
    {
        manual_seed(2);
        var data = Small(2);
        using var model = new LinkPredictor(20, 3, new LinkSettings { Model = LinkModel.DistMult, Width = 8, StartScale = 1 });
        var (filtered, raw) = (LinkRanking.Rank(model, data.Test, data.Known), LinkRanking.Rank(model, data.Test, null));

        Assert.All(filtered.HeadRanks.Zip(raw.HeadRanks), pair => Assert.True(pair.First <= pair.Second));
        Assert.Contains(filtered.TailRanks.Zip(raw.TailRanks), pair => pair.First < pair.Second);
        var all = filtered.All;
        Assert.True(all.Hits1 <= all.Hits3 && all.Hits3 <= all.Hits10 && all.Hits1 <= all.Mrr);
    }

    [Fact]
    public void Relations_have_their_kinds()
    {
        Triple[] triples =
        [
            new(0, 0, 1), new(2, 0, 3),                                 // one to one
            new(0, 1, 1), new(0, 1, 2), new(3, 1, 4), new(3, 1, 5),     // a head has two tails
            new(1, 2, 0), new(2, 2, 0),                                 // a tail has two heads
            new(0, 3, 1), new(0, 3, 2), new(5, 3, 1), new(5, 3, 2),
        ];
        var kinds = LinkRanking.Kinds(triples);

        Assert.Equal([RelationKind.OneToOne, RelationKind.OneToMany, RelationKind.ManyToOne, RelationKind.ManyToMany], Enumerable.Range(0, 4).Select(r => kinds[r]));
    }
}
