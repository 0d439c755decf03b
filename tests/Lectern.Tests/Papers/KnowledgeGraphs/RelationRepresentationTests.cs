using Lectern.KnowledgeGraphs;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Tests.Papers.KnowledgeGraphs;

public sealed class RelationRepresentationTests
{
    private static (int, int)[] Edges(params (int, int)[] edges) => edges;

    private static readonly (int, int)[] Cycle = Edges((0, 1), (1, 2), (2, 3), (3, 0));

    [Fact]
    public void Hierarchy_scores_by_hand()
    {
        Assert.Equal(1, RelationRepresentation.Krackhardt(Edges((0, 1), (1, 2), (2, 3))));       // a path
        Assert.Equal(1, RelationRepresentation.Krackhardt(Edges((0, 1), (0, 2), (2, 3), (2, 4)))); // a tree
        Assert.Equal(0, RelationRepresentation.Krackhardt(Cycle));
        Assert.Equal(0, RelationRepresentation.Krackhardt(
            [.. from x in Enumerable.Range(0, 4) from y in Enumerable.Range(0, 4) where x != y select (x,
                y)]));
        Assert.Equal(0, RelationRepresentation.Krackhardt([]));
        // The cycle with one edge out of it: 12 mutual pairs, and 4 that lead out.
        Assert.Equal(4.0 / 16, RelationRepresentation.Krackhardt([.. Cycle, (3, 4)]), 1e-12);
        // Loops and repeats change nothing; nor do the nodes' numbers.
        Assert.Equal(0.25, RelationRepresentation.Krackhardt([.. Cycle, (3, 4), (3, 4), (2, 2)]), 1e-12);
        (int, int)[] cycleAndOne = [.. Cycle, (3, 4)];
        var renamed = cycleAndOne.Select(e => (900 - 7 * e.Item1, 900 - 7 * e.Item2)).ToArray();
        Assert.Equal(0.25, RelationRepresentation.Krackhardt(renamed), 1e-12);
    }

    [Fact]
    public void Hierarchy_scores_are_those_of_the_closed_matrix()
    {
        var random = new Random(3);
        for (int round = 0; round < 20; round++)
        {
            int n = 12;
            (int From, int To)[] edges = [.. Enumerable.Range(0, 14)
                .Select(_ => (random.Next(n), random.Next(n)))];
            var reach = new bool[n, n];
            foreach (var (from, to) in edges) reach[from, to] = true;
            for (int k = 0; k < n; k++)                                   // Warshall
                for (int i = 0; i < n; i++)
                    for (int j = 0; j < n; j++) reach[i, j] |= reach[i, k] && reach[k, j];
            double pairs = 0, up = 0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                {
                    if (i == j || !reach[i, j]) continue;
                    pairs++;
                    if (!reach[j, i]) up++;
                }
            Assert.Equal(up / pairs, RelationRepresentation.Krackhardt(edges), 1e-12);
        }
    }

    [Fact]
    public void What_triples_tell_by_hand()
    {
        // Relation 0: a path of three edges. Relation 1: two friends, and one who is not answered.
        Triple[] triples =
        [
            new(0, 0, 1), new(1, 0, 2), new(2, 0, 3), new(0, 1, 1), new(1, 1, 0), new(0, 1, 3), new(0, 1, 3),
        ];
        var facts = RelationRepresentation.Describe(triples, ["above", "likes"]);

        Assert.Equal(new RelationFacts(0, "above", 3, 1, 0, 3, (1 + 2 + 3 + 1 + 2 + 1) / 6.0), facts[0]);
        // Pairs: 0-1 both ways, 0 to 3, and 1 to 3 in two steps.
        Assert.Equal(new RelationFacts(1, "likes", 3, 2 / 4.0, 2 / 3.0, 2, (1 + 1 + 1 + 2) / 4.0), facts[1]);
    }

    [Fact]
    public void The_countries_relations_are_of_three_kinds()
    {
        var graph = Countries.Graph();
        var facts = RelationRepresentation.Describe(graph.Triples, graph.Relations).ToDictionary(f => f.Name);

        Assert.Equal(1, facts["neighbor"].Symmetry);
        Assert.Equal(0, facts["neighbor"].Krackhardt);
        Assert.Equal((0, 1), (facts["locatedIn"].Symmetry, facts["locatedIn"].Krackhardt));
        Assert.Equal(1, facts["speaks"].LongestPath);                   // no language speaks
        Assert.Equal(graph.Relations.Order(), RelationRepresentation.Countries.Keys.Order());
    }

    [Fact]
    public void Mutual_information_by_hand()
    {
        using var scope = NewDisposeScope();
        // p(x,c) = 4, 1, 1, 4 of 10; margins are halves.
        var pmi = RelationRepresentation.Pmi(new double[,] { { 4, 1 }, { 1, 4 } });
        Assert.Equal(Math.Log(0.4 / 0.25), pmi[0, 0].item<double>(), 1e-12);
        Assert.Equal(Math.Log(0.1 / 0.25), pmi[1, 0].item<double>(), 1e-12);
        Assert.True(allclose(pmi, pmi.t()));                            // symmetric counts, symmetric PMI
        // What is independent has none, whatever its frequencies.
        var none = RelationRepresentation.Pmi(new double[,] { { 2, 6, 4 }, { 1, 3, 2 } });
        Assert.True(none.abs().max().item<double>() < 1e-12);
        Assert.Throws<ArgumentException>(() =>
            RelationRepresentation.Pmi(new double[,] { { 1, 0 }, { 1, 1 } }));
    }

    [Fact]
    public void Factors_reproduce_a_table_at_full_width_and_are_the_nearest_below_it()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var table = randn([8, 5], dtype: ScalarType.Float64);
        double Error(int width)
        {
            var (w, c) = RelationRepresentation.Factorise(table, width);
            Assert.Equal([8L, width], w.shape);
            return (w.mm(c.t()) - table).norm().item<double>();
        }
        Assert.True(Error(5) < 1e-10);
        var values = linalg.svdvals(table);
        // Eckart and Young
        Assert.Equal(values.narrow(0, 3, 2).norm().item<double>(), Error(3), 1e-9);
        Assert.Throws<ArgumentOutOfRangeException>(() => Error(6));
        Assert.Throws<ArgumentOutOfRangeException>(() => Error(0));
    }

    [Theory]
    [InlineData(0)]                                                     // the table itself
    [InlineData(20)]                                                    // its factors of 20 dimensions
    public void Planted_types_are_found_in_the_differences_of_pairs(int width)
    {
        using var scope = NewDisposeScope();
        var planted = RelationRepresentation.Plant(seed: 2);
        var rows = RelationRepresentation.Pmi(planted.Counts);
        var (w, c) = RelationRepresentation.Factorise(rows, Math.Max(width, 1));
        if (width > 0) rows = w.mm(c.t());
        PairContrast Of(RelationType type) => RelationRepresentation.Contrast(rows, planted.Pairs[type]);
        var (r, s, shift) = (Of(RelationType.Related), Of(RelationType.Specialisation),
            Of(RelationType.ContextShift));

        Assert.All([r, s, shift], contrast => Assert.True(contrast.Common > 1));
        Assert.True(r.First < 0.8 && r.Second < 0.8, $"R: {r}");           // chance alone
        Assert.True(s.First < 0.8 && s.Second > 3 * s.First, $"S: {s}");
        Assert.True(shift.First > 2 && shift.Second > 2, $"C: {shift}");
    }

    [Fact]
    public void Pairs_are_near_where_their_relation_looks()
    {
        using var scope = NewDisposeScope();
        var planted = RelationRepresentation.Plant(seed: 3);
        var (w, c) = RelationRepresentation.Factorise(RelationRepresentation.Pmi(planted.Counts), 20);
        foreach (var type in Enum.GetValues<RelationType>())
        {
            var about = c[tensor(planted.Shared[type].Select(i => (long)i).ToArray())];
            double pairs = RelationRepresentation.ProjectedDistance(w, about, planted.Pairs[type]);
            // The same words, each beside a word of another type's pairs.
            var others = planted.Pairs[type].Zip(planted.Pairs.First(p => p.Key != type).Value,
                (own, other) => (own.X, other.Y)).ToArray();
            double strangers = RelationRepresentation.ProjectedDistance(w, about, others);
            Assert.True(pairs < 0.6 && strangers > 1.2, $"{type}: {pairs:0.00}, strangers {strangers:0.00}");
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => RelationRepresentation.Plant(pairs: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RelationRepresentation.Plant(contexts: 59));
    }

    [Fact]
    public void Intervals_of_shares_as_in_tables()
    {
        var (low, high) = RelationRepresentation.Wilson(0.5, 10);
        Assert.Equal(0.2366, low, 1e-4);
        Assert.Equal(0.7634, high, 1e-4);
        Assert.Equal(0, RelationRepresentation.Wilson(0, 20).Low, 1e-12);
        Assert.Equal(1, RelationRepresentation.Wilson(1, 20).High, 1e-12);
        Assert.Equal((0, 1), RelationRepresentation.Wilson(double.NaN, 0));
    }

    [Fact]
    public void Results_by_relation_and_by_type()
    {
        Triple[] triples = [new(0, 0, 1), new(2, 1, 3), new(4, 2, 5), new(6, 3, 7)];
        var ranks = new LinkRanks(triples, [1, 20, 2, 1], [10, 1, 50, 1]);
        string[] names = ["_also_see", "_hypernym", "_verb_group", "unknown"];

        var byRelation = RelationRepresentation.ByRelation(ranks, names);
        Assert.Equal(["_also_see", "_hypernym", "_verb_group", "unknown"], byRelation.Select(r => r.Name));
        Assert.Equal(0.5, byRelation[1].Metrics.Hits10);
        var byType = RelationRepresentation.ByType(ranks, names, RelationRepresentation.WordNet);
        Assert.Equal([RelationType.Related, RelationType.Specialisation], byType.Keys);
        Assert.Equal(4, byType[RelationType.Related].Metrics.Count);
        Assert.Equal(0.75, byType[RelationType.Related].Metrics.Hits10);
    }

    [Fact]
    public void MuRE_starts_and_trains_as_its_authors_do()
    {
        using var scope = NewDisposeScope();
        var settings = RelationRepresentation.Settings(RelationModel.MuRE, width: 8);
        using var model = new LinkPredictor(50, 3, settings);
        Assert.Equal(0, model.Entities.narrow(1, 8, 2).abs().max().item<float>());              // biases
        Assert.InRange(model.Entities.narrow(1, 0, 8).std().item<float>(), 5e-4, 2e-3);
        Assert.InRange(model.Relations.narrow(1, 0, 8).abs().max().item<float>(), 0.5, 1);      // R
        Assert.True(model.Relations.narrow(1, 8, 8).abs().max().item<float>() < 0.01);          // r
        using var plain = new LinkPredictor(50, 3,
            RelationRepresentation.Settings(RelationModel.MuREI, width: 8));
        Assert.Equal(8, plain.Relations.shape[1]);

        // One step: the mean over 128 · 51 cells at their rate moves as the settings' loss at the settings'
        // rate.
        Triple[] triples = [.. Enumerable.Range(0, 64).Select(i => new Triple(i % 50, i % 3, 7 * i % 50))];
        var data = new LinkDataset("some", [.. Enumerable.Range(0, 50).Select(i => $"{i}")], ["p", "q", "r"],
            triples, triples[..1], triples[..1]);
        var step = LinkTraining.Steps(data, settings, 0).First();
        double ours = settings.LearningRate * LinkTraining.Loss(model, settings, step).item<float>();
        double sum = LinkTraining.Loss(model, settings, step).item<float>() * step.Size;
        Assert.Equal(50 * sum / (128 * 51), ours, 1e-4);
    }

    [Fact]
    public void A_symmetric_relation_wants_a_product_and_a_hierarchy_an_offset()
    {
        // A ring of friends, and a tree of bosses: what is learnt is asked for again.
        Triple[] ring = [.. Enumerable.Range(0, 31).SelectMany(i => (Triple[])
            [new(i, 0, (i + 1) % 31), new((i + 1) % 31, 0, i)])];
        Triple[] tree = [.. Enumerable.Range(1, 30).Select(i => new Triple(i, 1, (i - 1) / 2))];
        var data = new LinkDataset("both", [.. Enumerable.Range(0, 31).Select(i => $"{i}")],
            ["friend", "boss"],
            [.. ring, .. tree], [.. ring, .. tree], [.. ring, .. tree]);
        Dictionary<int, LinkMetrics> Learnt(RelationModel kind)
        {
            var settings = RelationRepresentation.Settings(kind, width: 16) with
            {
                Loss = LinkLoss.CrossEntropy,
                Optimizer = LinkOptimizer.Adam,
                LearningRate = 0.02,
                Batch = 32,
                Start = LinkStart.Normal,
                StartScale = 0.1,
                Epochs = 60,
                EvaluateEvery = 60,
                Reciprocal = false,
            };
            var (model, _) = LinkTraining.Train(data, settings);
            using var owned = model;
            return LinkRanking.Rank(model, data.Train, data.Known).ByRelation().ToDictionary();
        }
        var (additive, product, both) = (Learnt(RelationModel.TransE), Learnt(RelationModel.DistMult),
            Learnt(RelationModel.MuRE));

        Assert.True(both[0].Mrr > additive[0].Mrr + 0.1,
            $"friend: MuRE {both[0].Mrr:0.00}, TransE {additive[0].Mrr:0.00}");
        Assert.True(both[1].Mrr > product[1].Mrr + 0.1,
            $"boss: MuRE {both[1].Mrr:0.00}, DistMult {product[1].Mrr:0.00}");
    }
}
