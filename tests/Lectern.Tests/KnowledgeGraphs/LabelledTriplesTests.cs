using Lectern.Data;
using Lectern.KnowledgeGraphs;
using Lectern.Tests.Data;

namespace Lectern.Tests.KnowledgeGraphs;

public sealed class LabelledTriplesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern labelled ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private LabelledTriples Read(string? entities = null, string? train = null, string? dev = null)
    {
        void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
        Write("entity2id.txt", entities ?? "3\nb\t1\na\t0\nc\t2");
        Write("relation2id.txt", "2\nr\t0\ns\t1");
        Write("train2id.txt", train ?? "3\n0\t1\t0\n1\t2\t1\n0\t1\t0\n");
        Write("dev.tsv", dev ?? "a\ts\tb\t1\na\ts\tc\t-1\n");
        Write("test.tsv", "c\tr\ta\t1\nc\tr\tc\t-1\n");
        return LabelledTripleFiles.Read(folder);
    }

    [Fact]
    public void The_relation_is_last_among_numbers_and_second_among_names()
    {
        var data = Read();
        Assert.Equal(["a", "b", "c"], data.Links.Entities);
        Assert.Equal(["r", "s"], data.Links.Relations);
        Assert.Equal([new Triple(0, 0, 1), new Triple(1, 1, 2)], data.Links.Train);         // the third is the first again
        Assert.Equal([new Triple(0, 1, 1)], data.Links.Validation);
        Assert.Equal([new Triple(0, 1, 2)], data.ValidationNegatives);
        Assert.Equal([new Triple(2, 0, 0)], data.Links.Test);
        Assert.Equal([new Triple(2, 0, 2)], data.TestNegatives);
    }

    [Theory]
    [InlineData("4\na\t0\nb\t1\nc\t2", null, null, "4 lines")]
    [InlineData("3\na\t0\nb\t0\nc\t2", null, null, "'a' has not taken")]
    [InlineData("3\na\t0\nb\t1\na\t2", null, null, "'a' twice")]
    [InlineData("3\na\t0\nb\t1\nc\t3", null, null, "0 to 2")]
    [InlineData(null, "1\n0\t1", null, "Line 2 of")]
    [InlineData(null, "1\n0\t1\t2", null, "0 to 1")]
    [InlineData(null, null, "a\ts\tb\t0\n", "label 1 or -1")]
    [InlineData(null, null, "a\ts\td\t1\n", "Line 1 of")]
    public void A_line_that_does_not_fit_is_named(string? entities, string? train, string? dev, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Read(entities, train, dev)).Message);

    [Theory]
    [InlineData("wn11", 1342, 338)]
    [InlineData("fb13", 0, 0)]
    public void A_set_has_what_the_catalogue_counts(string name, int testWithUnseen, int validationWithUnseen)
    {
        var data = LabelledTripleFiles.Load(TestData.RequireStore().Require(name));
        var counts = Catalog.Find(name).Statistics;
        Assert.Equal((counts["entities"], counts["relations"], counts["train"]),
            (data.Links.Entities.Count, data.Links.Relations.Count, data.Links.Train.Count));
        Assert.Equal((counts["validation"], counts["validationNegatives"]), (data.Links.Validation.Count, data.ValidationNegatives.Count));
        Assert.Equal((counts["test"], counts["testNegatives"]), (data.Links.Test.Count, data.TestNegatives.Count));
        var seen = data.Links.Train.SelectMany(t => new[] { t.Head, t.Tail }).ToHashSet();
        int Unseen(IEnumerable<Triple> triples) => triples.Count(t => !seen.Contains(t.Head) || !seen.Contains(t.Tail));
        Assert.Equal(testWithUnseen, Unseen([.. data.Links.Test, .. data.TestNegatives]));
        Assert.Equal(validationWithUnseen, Unseen([.. data.Links.Validation, .. data.ValidationNegatives]));
    }

    [Fact]
    public void A_false_triple_has_a_tail_that_its_relation_has_and_is_not_known()
    {
        var links = LinkDataset.Cut(Countries.Graph());
        var data = LabelledTriples.WithNegatives(links, seed: 3);
        Assert.Equal((links.Validation.Count, links.Test.Count), (data.ValidationNegatives.Count, data.TestNegatives.Count));
        var tails = links.All.Select(t => (t.Relation, t.Tail)).ToHashSet();
        Assert.All(data.TestNegatives.Zip(links.Test), pair =>
        {
            Assert.False(links.Known.Has(pair.First));
            Assert.Equal((pair.Second.Head, pair.Second.Relation), (pair.First.Head, pair.First.Relation));
            Assert.Contains((pair.First.Relation, pair.First.Tail), tails);
        });
        Assert.Equal(data.TestNegatives, LabelledTriples.WithNegatives(links, seed: 3).TestNegatives);
        Assert.NotEqual(data.TestNegatives, LabelledTriples.WithNegatives(links, seed: 4).TestNegatives);
    }

    [Fact]
    public void Where_all_tails_of_a_relation_are_right_any_entity_may_be_the_false_one()
    {
        var links = new LinkDataset("all", ["a", "b"], ["r"], [new(0, 0, 1)], [new(0, 0, 1)], [new(0, 0, 1)]);
        Assert.Equal([new Triple(0, 0, 0)], LabelledTriples.WithNegatives(links).TestNegatives);
        var full = new LinkDataset("full", ["a"], ["r"], [new(0, 0, 0)], [new(0, 0, 0)], [new(0, 0, 0)]);
        Assert.Contains("'a r'", Assert.Throws<ArgumentException>(() => LabelledTriples.WithNegatives(full)).Message);
    }
}
