using Lectern.KnowledgeGraphs;

namespace Lectern.Tests.KnowledgeGraphs;

/// <summary>Paragraphs with links, what words they share with questions, and the corpus about countries.</summary>
public sealed class LinkedParagraphsTests
{
    [Fact]
    public void Brackets_are_mentions_and_mentions_of_titles_are_links()
    {
        var corpus = new LinkedParagraphs([LinkedParagraphs.Parse("A", "By [B] and [C]. It has 12 gates! See [A] and [B]."), LinkedParagraphs.Parse("B", "Alone.")]);
        var a = corpus.Paragraphs[0];
        Assert.Equal(["By B and C.", "It has 12 gates!", "See A and B."], a.Sentences.Select(s => s.Text));
        Assert.Equal([["B", "C"], ["12"], ["A", "B"]], a.Sentences.Select(s => s.Answers));
        Assert.Equal([1], corpus.Links(0));                                         // C has no paragraph, A is itself
        Assert.Equal((1, 1), (corpus.LinkCount, corpus.Find("B")));
        Assert.StartsWith("A. By B", a.Text);
        Assert.True(a.Has("12") && !a.Has("1"));
        Assert.Throws<ArgumentException>(() => corpus.Find("C"));
        Assert.Throws<ArgumentException>(() => new LinkedParagraphs([a, a]));
    }

    [Fact]
    public void A_file_has_a_paragraph_a_line()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "A\tSee [B].\n\nB\tNo more.\n");
            Assert.Equal([1], LinkedParagraphs.Read(path).Links(0));
            File.WriteAllText(path, "A\tSee [B].\nB no tab\n");
            Assert.Contains("Line 2", Assert.Throws<InvalidDataException>(() => LinkedParagraphs.Read(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_text_is_most_like_itself_and_unknown_words_are_like_nothing()
    {
        string[] texts = ["red town", "blue town by the sea", "green hill", "old mill", "wide lake", "dry hill"];
        var index = new TfIdf(texts);
        Assert.Equal(1, index.Cosines(texts[1])[1], 1e-12);
        Assert.Equal([0, 0, 0, 0, 0, 0], index.Cosines("xyzzy plugh"));
        Assert.Empty(index.Top("xyzzy", 3));
        Assert.Equal([5, 2], index.Top("dry hill", 3));                             // "hill" alone is shared with the other
        Assert.Equal(["it", "s", "1914", "são"], TfIdf.Words("It's 1914: São!"));

        // By hand: "hill" is in two of six texts, "dry" and "dry hill" in one.
        double hill = Math.Log(2) * Math.Log(4.5 / 2.5), rare = Math.Log(2) * Math.Log(5.5 / 1.5);
        double length = Math.Sqrt(hill * hill + 2 * rare * rare);
        Assert.Equal(hill / length, index.Cosines("hill")[5], 1e-12);
    }

    [Fact]
    public void Words_have_weights_that_add_up_and_rare_ones_are_only_compared()
    {
        var corpus = new LinkedParagraphs([LinkedParagraphs.Parse("Aa", "red town"), LinkedParagraphs.Parse("Bb", "blue town"), LinkedParagraphs.Parse("Cc", "hill")]);
        var table = new WordTable(corpus, [new PathQuestion("which town", [0], []), new PathQuestion("which hill", [2], [])], least: 0.5);
        Assert.Equal(3, table.Words);                                               // town (2 of 3), hill, which (of questions)
        using var scope = NewDisposeScope();
        Assert.Equal([1f, 1f, 1f], table.Paragraphs.ToDense().sum(1).data<float>().ToArray());
        Assert.Equal(0, table.Rows(["xyzzy"]).Entries);
        float[] shared = table.Shared("red aa", [1, 0]);
        Assert.Equal([0f, 0, 0], shared[..3]);
        Assert.Equal([1f, 1f], shared[4..]);                                        // the whole title, all words
    }

    [Fact]
    public void Questions_about_countries_lead_along_links_to_their_answers()
    {
        var graph = Countries.Graph([.. Countries.Table().Where(c => c.UnMember)]);
        var corpus = CountryQuestions.Write(graph);
        var (train, test) = CountryQuestions.Ask(graph, corpus);
        Assert.InRange(corpus.Paragraphs.Count, 700, 1000);
        Assert.InRange(train.Count, 1300, 2000);
        Assert.InRange(test.Count, 250, 600);
        Assert.All(train.Concat(test), question =>
        {
            Assert.All(question.Path.Zip(question.Path.Skip(1)), step => Assert.Contains(step.Second, corpus.Links(step.First)));
            Assert.All(question.Answers, answer => Assert.True(corpus.Paragraphs[question.Path[^1]].Has(answer), question.Text));
        });
        // Of the paragraph with the answer, nothing was asked in training; in the question it has no name.
        Assert.Empty(train.Select(q => q.Path[^1]).Intersect(test.Select(q => q.Path[^1])));
        var two = test.Where(q => q.Path.Count == 2).ToList();
        Assert.True(two.Count > test.Count / 3);
        Assert.All(two.Where(q => q.Text.Contains("capital")), q =>
            Assert.Empty(TfIdf.Words(q.Text).Intersect(TfIdf.Words(corpus.Paragraphs[q.Path[1]].Title)).Except(["and", "the", "of"])));
        Assert.Equal(corpus.Paragraphs.Select(p => p.Text), CountryQuestions.Write(graph).Paragraphs.Select(p => p.Text));
    }
}
