using Lectern.KnowledgeGraphs;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Tests.Papers.KnowledgeGraphs;

public sealed class QueryTests
{
    /// <summary>a likes b and c; b likes c; c knows d. The edge b likes c is a test triple, c knows d one of validation.</summary>
    private static readonly QueryGraph Small = new(new LinkDataset("small", ["a", "b", "c", "d"], ["likes", "knows"],
        [new(0, 0, 1), new(0, 0, 2)], [new(2, 1, 3)], [new(1, 0, 2)]));

    private static string[] Answers(Query query, QueryEdges which = QueryEdges.All) =>
        [.. Small.Answers(Small.Bind(query), which).Select(e => Small.Data.Entities[e])];

    [Fact]
    public void By_hand_each_operator_gives_what_the_edges_say()
    {
        Assert.Equal(["b", "c"], Answers(Query.Of("a").Follow("likes")));
        Assert.Equal(["a", "b"], Answers(Query.Where("likes", "c")));
        Assert.Equal(["a"], Answers(Query.Where("likes", "c").And("likes", "b")));
        Assert.Equal(["a", "b", "c"], Answers(Query.Where("likes", "c").Or("knows", "d")));
        Assert.Equal(["d"], Answers(Query.Of("a").Follow("likes").Follow("knows")));
        Assert.Equal(["a", "b"], Answers(Query.Where("likes", Query.Where("knows", "d"))));
        Assert.Equal(["b"], Answers(Query.Of("a").Follow("likes").And("likes", "c")));
        Assert.Empty(Answers(Query.Of("d").Follow("likes")));
    }

    [Fact]
    public void Sets_of_edges_are_nested_training_validation_all()
    {
        Assert.Equal(["a"], Answers(Query.Where("likes", "c"), QueryEdges.Training));
        Assert.Equal(["a"], Answers(Query.Where("likes", "c"), QueryEdges.Validation));
        Assert.Empty(Answers(Query.Where("knows", "d"), QueryEdges.Training));
        Assert.Equal(["c"], Answers(Query.Where("knows", "d"), QueryEdges.Validation));
    }

    [Fact]
    public void A_query_reads_as_a_formula()
    {
        Assert.Equal("likes(x, c) ∧ likes(x, b)", Query.Where("likes", "c").And("likes", "b").ToString());
        Assert.Equal("∃y1: knows(y1, x) ∧ likes(a, y1)", Query.Of("a").Follow("likes").Follow("knows").ToString());
        Assert.Equal("∃y1: knows(y1, x) ∧ (likes(a, y1) ∨ likes(b, y1))",
            Query.Of("a").Follow("likes").Or(Query.Of("b").Follow("likes")).Follow("knows").ToString());
    }

    [Fact]
    public void Three_conditions_are_one_conjunction()
    {
        var shape = Assert.IsType<QueryShape.And>(Query.Where("likes", "c").And("likes", "b").And("likes", "a").Shape);
        Assert.Equal(3, shape.Parts.Count);
    }

    [Theory]
    [InlineData("loves", "c", "relation 'loves'", "likes, knows")]
    [InlineData("likes", "e", "entity 'e'", "a, b, c, d")]
    public void A_name_that_the_graph_has_not_is_named_with_those_that_it_has(string relation, string entity, string what, string known)
    {
        var error = Assert.Throws<ArgumentException>(() => Small.Bind(Query.Of("a").Follow("likes").And(relation, entity)));
        Assert.Contains($"There is no {what} among", error.Message, StringComparison.Ordinal);
        Assert.Contains(known, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Among_many_names_the_message_gives_near_ones()
    {
        var graph = new QueryGraph(LinkDataset.Cut(Countries.Graph()));
        var error = Assert.Throws<ArgumentException>(() => graph.Bind(Query.Where("neighbor", "Congo")));
        Assert.Contains("Did you mean: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Republic of the Congo", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_no_query()
    {
        Assert.Throws<ArgumentException>(() => Query.Where("", "a"));
        Assert.Throws<ArgumentException>(() => Query.Of(""));
        Assert.Throws<ArgumentNullException>(() => Query.Of("a").And(null!));
    }

    // ------------------------------------------------------------------------------------ sampling

    private static readonly QueryGraph Random = new(RandomData(40, 4, 300));

    private static LinkDataset RandomData(int n, int m, int count)
    {
        var random = new Random(3);
        Triple[] triples = [.. Enumerable.Range(0, count).Select(_ => new Triple(random.Next(n), random.Next(m), random.Next(n))).Distinct()];
        return new LinkDataset("random", [.. Enumerable.Range(0, n).Select(i => $"e{i}")], [.. Enumerable.Range(0, m).Select(i => $"r{i}")],
            triples[60..], triples[30..60], triples[..30]);
    }

    public static TheoryData<string> Structures => [.. QueryStructure.All.Select(s => s.Name)];

    /// <summary>Whether e answers, by the logical formula: every choice of the variables is tried.</summary>
    private static bool Holds(string structure, int e, int[] a, int[] r, Func<int, int, int, bool> edge)
    {
        IEnumerable<int> all = Enumerable.Range(0, 40);
        return structure switch
        {
            "1p" => edge(a[0], r[0], e),
            "2p" => all.Any(y => edge(a[0], r[0], y) && edge(y, r[1], e)),
            "3p" => all.Any(y => edge(a[0], r[0], y) && all.Any(z => edge(y, r[1], z) && edge(z, r[2], e))),
            "2i" => edge(a[0], r[0], e) && edge(a[1], r[1], e),
            "3i" => edge(a[0], r[0], e) && edge(a[1], r[1], e) && edge(a[2], r[2], e),
            "ip" => all.Any(y => edge(a[0], r[0], y) && edge(a[1], r[1], y) && edge(y, r[2], e)),
            "pi" => all.Any(y => edge(a[0], r[0], y) && edge(y, r[1], e)) && edge(a[1], r[2], e),
            "2u" => edge(a[0], r[0], e) || edge(a[1], r[1], e),
            _ => all.Any(y => (edge(a[0], r[0], y) || edge(a[1], r[1], y)) && edge(y, r[2], e)),
        };
    }

    [Theory]
    [MemberData(nameof(Structures))]
    public void Sampled_answers_are_those_of_brute_force_and_hard_ones_need_an_edge_that_is_held_out(string name)
    {
        var structure = QueryStructure.All.Single(s => s.Name == name);
        var set = QuerySampling.Make(Random, structure, QueryEdges.Validation, QueryEdges.All, 25, seed: 1);
        Assert.True(set.Queries.Count >= 20, $"{set.Queries.Count} queries");
        Func<int, int, int, bool> Edges(IEnumerable<Triple> triples)
        {
            var some = triples.ToHashSet();
            return (h, r, t) => some.Contains(r < 4 ? new Triple(h, r, t) : new Triple(t, r - 4, h));
        }
        var (small, large) = (Edges(Random.Data.Train.Concat(Random.Data.Validation)), Edges(Random.Data.All));
        foreach (var query in set.Queries)
        {
            int[] Of(Func<int, int, int, bool> edge) =>
                [.. Enumerable.Range(0, 40).Where(e => Holds(name, e, query.Anchors, query.Relations, edge))];
            Assert.Equal(Of(small), query.Easy);
            Assert.NotEmpty(query.Hard);
            Assert.Equal(Of(large), query.Easy.Concat(query.Hard).Order());
        }
        Assert.Equal(set.Queries.Count, set.Queries.Select(q => string.Join(' ', q.Anchors.Concat(q.Relations))).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Structures))]
    public void The_normal_form_has_the_same_answers_and_no_union(string name)
    {
        var structure = QueryStructure.All.Single(s => s.Name == name);
        var branches = structure.Shape.Branches();
        Assert.Equal(name.Contains('u', StringComparison.Ordinal) ? 2 : 1, branches.Count);
        foreach (var query in QuerySampling.Make(Random, structure, QueryEdges.All, QueryEdges.All, 20, seed: 2).Queries)
        {
            Assert.Empty(query.Hard);
            var union = branches.SelectMany(branch =>
                Random.Answers(new BoundQuery(branch, query.Anchors, query.Relations), QueryEdges.All)).Distinct().Order();
            Assert.Equal(query.Easy, union);
        }
    }

    [Fact]
    public void Unions_inside_conjunctions_multiply_out()
    {
        var query = Query.Where("r0", "e1").Or("r1", "e2").And(Query.Where("r2", "e3").Or("r3", "e4").Or("r0", "e5")).Follow("r1");
        var bound = Random.Bind(query);
        var branches = query.Shape.Branches();
        Assert.Equal(6, branches.Count);
        Assert.Equal(Random.Answers(bound, QueryEdges.All),
            branches.SelectMany(branch => Random.Answers(bound with { Shape = branch }, QueryEdges.All)).Distinct().Order());
    }

    [Fact]
    public void Every_question_of_the_training_triples_is_a_query_of_one_step()
    {
        var set = QuerySampling.Training(Random, 10_000, 1)[0];
        Assert.Equal(Random.Data.Training.Questions().Count(), set.Queries.Count);
        Assert.Equal(5, QuerySampling.Training(Random, 5, 1).Count);
    }
}
