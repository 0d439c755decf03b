using Lectern.Data;
using Lectern.KnowledgeGraphs;
using Lectern.Tests.Data;

namespace Lectern.Tests.KnowledgeGraphs;

public sealed class TripleFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern triples ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private LinkDataset Read(string train, string validation = "a\tr\tb\n", string test = "a\tr\tb\n") =>
        TripleFiles.Read(Write("train.txt", train), Write("valid.txt", validation), Write("test.txt", test));

    [Theory]
    [InlineData("fb15k-237", 29, 28)]
    [InlineData("wn18rr", 209, 210)]
    [InlineData("umls", 0, 0)]
    [InlineData("kinship", 0, 0)]
    [InlineData("nations", 0, 0)]
    [InlineData("countries-s1", 0, 0)]
    [InlineData("countries-s2", 0, 0)]
    [InlineData("countries-s3", 0, 0)]
    public void A_set_has_what_the_catalogue_counts(string name, int unseen, int testTriples)
    {
        var data = TripleFiles.Load(TestData.RequireStore().Require(name));
        var counts = Catalog.Find(name).Statistics;

        Assert.Equal((counts["entities"], counts["relations"]), (data.Entities.Count, data.Relations.Count));
        Assert.Equal((counts["train"], counts["validation"], counts["test"]), (data.Train.Count, data.Validation.Count, data.Test.Count));
        Assert.DoesNotContain(data.Entities, entity => entity.Contains('\r'));
        var surprises = data.Surprises();
        Assert.Equal((unseen, testTriples, 0, 0), (surprises.UnseenEntities, surprises.TestWithUnseen, surprises.UnseenRelations, surprises.Shared));
    }

    [Fact]
    public void Both_line_ends_and_empty_lines_are_read()
    {
        var data = Read("a\tr\tb\r\nb\tr\tc\r\n\r\n", "a\ts\tc\n", "d\tr\ta");

        Assert.Equal(["a", "b", "c", "d"], data.Entities);
        Assert.Equal(["r", "s"], data.Relations);
        Assert.Equal([new Triple(0, 0, 1), new Triple(1, 0, 2)], data.Train);
        Assert.Equal([new Triple(3, 0, 0)], data.Test);
    }

    [Theory]
    [InlineData("a\tr", 2)]
    [InlineData("a\tr\tb\tc", 4)]
    [InlineData("a r b", 1)]
    public void A_line_without_three_fields_is_named(string line, int fields)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read($"a\tr\tb\n{line}\n"));

        Assert.Contains("Line 2", error.Message);
        Assert.Contains("train.txt", error.Message);
        Assert.Contains($"{fields} fields", error.Message);
    }

    [Fact]
    public void An_empty_file_and_a_missing_one_are_named()
    {
        Assert.Contains("valid.txt", Assert.Throws<InvalidDataException>(() => Read("a\tr\tb\n", "\n")).Message);
        Assert.Throws<FileNotFoundException>(() => TripleFiles.Read(Path.Combine(folder, "none.txt"), "x", "y"));
    }

    [Fact]
    public void What_surprises_is_counted_and_stays()
    {
        var data = Read("a\tr\tb\na\tr\tb\nb\tr\tc\n", "a\tr\tb\nx\tr\ta\n", "x\tr\ty\na\tnew\tb\nx\tr\ta\n");

        Assert.Equal(new LinkSurprises(UnseenEntities: 2, ValidationWithUnseen: 1, TestWithUnseen: 2, UnseenRelations: 1, Repeated: 1, Shared: 2), data.Surprises());
        Assert.Equal((3, 2, 3), (data.Train.Count, data.Validation.Count, data.Test.Count));
    }

    [Fact]
    public void A_cut_of_a_graph_leaves_every_entity_and_relation_in_training()
    {
        var graph = Countries.Graph();
        var data = LinkDataset.Cut(graph);

        Assert.Equal(graph.Triples.ToHashSet(), data.All.ToHashSet());
        Assert.Equal(graph.Triples.Count, data.All.Count());
        Assert.Equal((0, 0), (data.Surprises().UnseenEntities, data.Surprises().UnseenRelations));
        Assert.InRange(data.Test.Count, 1, graph.Triples.Count / 10);
        Assert.InRange(data.Test.Count - data.Validation.Count, 0, 1);
        Assert.Equal(data.Test, LinkDataset.Cut(graph).Test);
        Assert.NotEqual(data.Test, LinkDataset.Cut(graph, seed: 2).Test);
    }

    [Fact]
    public void A_triple_out_of_range_is_refused() =>
        Assert.Throws<ArgumentException>(() => new LinkDataset("x", ["a"], ["r"], [new Triple(0, 0, 1)], [], []));
}
