using Lectern.KnowledgeGraphs;
using Lectern.Tests.Data;

namespace Lectern.Tests.KnowledgeGraphs;

/// <summary>Passages about countries, SQuAD, and vectors of words.</summary>
public sealed class QuestionTextsTests
{
    private static readonly QuestionData World = new CountryPassages(Countries.Table()).Write(300, 60, 100);

    [Fact]
    public void Passages_are_trees_of_arcs_with_links_between_sentences()
    {
        foreach (var example in World.Train.Concat(World.Test))
        {
            int n = example.Passage.Count;
            Assert.All(example.Arcs, arc => Assert.True(Math.Min(arc.Head, arc.Dependent) >= 0 && Math.Max(arc.Head, arc.Dependent) < n));
            // Every word depends on one other but for each sentence's verb; the links between sentences run both ways.
            var links = example.Arcs.Where(a => example.Arcs.Contains((a.Dependent, a.Head))).ToList();
            int sentences = example.Passage.Count(t => t.Text == ".");
            Assert.Equal(2 * (sentences - 1), links.Count);
            Assert.Equal(n - sentences, example.Arcs.Except(links).Select(a => a.Dependent).Distinct().Count());
            Assert.Equal(n - sentences, example.Arcs.Except(links).Count());
        }
    }

    [Fact]
    public void The_answer_stands_in_the_passage_once_and_the_question_is_one_of_the_right_ones()
    {
        foreach (var example in World.Train.Concat(World.Validation).Concat(World.Test))
        {
            string passage = $" {string.Join(' ', example.Passage.Select(t => t.Word))} ";
            Assert.Contains($" {string.Join(' ', example.Answer)} ", passage);
            Assert.Contains(string.Join(' ', example.Question), example.Right);
            Assert.Equal(4, example.Right.Count);
        }
    }

    [Fact]
    public void The_test_asks_about_countries_that_no_training_passage_names_and_has_a_form_of_its_own()
    {
        var table = Countries.Table();
        string[] names = [.. table.Where(c => c.Independent && !c.Name.Contains(' ')).Select(c => c.Name.ToLowerInvariant())];
        var learnt = World.Train.SelectMany(e => e.Passage.Select(t => t.Word)).ToHashSet();
        // Cities may bear a country's name: Guatemala City.
        var asked = World.Test.Select(e => names.FirstOrDefault(e.Question.Contains)).OfType<string>().Distinct().ToList();
        Assert.True(asked.Count > 8);
        Assert.All(asked.Except(["guatemala", "panama", "kuwait"]), name => Assert.DoesNotContain(name, learnt));
        Assert.DoesNotContain(World.Train, e => e.Form == CountryPassages.NewForm);
        Assert.Equal(34, World.Test.Count(e => e.Form == CountryPassages.NewForm));
        Assert.Equal(CountryPassages.Forms.Count, World.Train.Select(e => e.Form).Distinct().Count());
    }

    [Fact]
    public void The_seed_decides_and_bad_wishes_are_refused()
    {
        var passages = new CountryPassages(Countries.Table(), ways: 1);
        Assert.Equal(passages.Write(5, 5, 5).Test.Select(e => e.ToString()), passages.Write(5, 5, 5).Test.Select(e => e.ToString()));
        Assert.All(passages.Write(20, 5, 5).Train, e => Assert.Single(e.Right));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CountryPassages(Countries.Table(), ways: 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => passages.Write(5, 5, 5, held: 1));
        Assert.Contains("Raise held", Assert.Throws<ArgumentException>(() => passages.Write(5, 5, 5, sentences: 30)).Message);
    }

    [Fact]
    public void Squad_has_what_the_catalogue_counts_and_its_answers_stand_in_the_passages()
    {
        var files = TestData.RequireStore().Require("squad-20");
        var all = Squad.Read(files.Paths[0]);
        Assert.Equal(files.Set.Statistics["questions"], all.Count);
        Assert.Equal(files.Set.Statistics["articles"], all.Select(a => a.Article).Distinct().Count());
        static string Joined(IEnumerable<string> words) => string.Concat(words);
        Assert.All(all, a => Assert.Contains(Joined(a.Example.Answer), Joined(a.Example.Passage.Select(t => t.Word))));
        Assert.All(all, a => Assert.NotEmpty(a.Example.Question));
        // Passages are sentences, not paragraphs.
        Assert.InRange(all.Average(a => a.Example.Passage.Count), 20, 45);
    }

    [Fact]
    public void A_text_of_ones_own_is_cut_into_words_and_sentences()
    {
        var example = Squad.Passage("It's 3.5 km to St. Gall, they say. Then \"turn\" left!", "turn");
        Assert.Equal(["It's", "3.5", "km", "to", "St", ".", "Gall", ",", "they", "say", ".", "Then", "\"", "turn", "\"", "left", "!"],
            example.Passage.Select(t => t.Text));
        Assert.Equal(["turn"], example.Answer);
        Assert.Contains((10, 11), example.Arcs);
        Assert.Contains("'town'", Assert.Throws<ArgumentException>(() => Squad.Passage("A city.", "town")).Message);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, """{"data":[{"title":"a"}]}""");
            Assert.Contains("SQuAD", Assert.Throws<InvalidDataException>(() => Squad.Read(path)).Message);
            // SQuAD counts code points: the sign of two UTF-16 units before the answer is one.
            File.WriteAllText(path, """{"data":[{"title":"a","paragraphs":[{"context":"Is it 𝄞 here? No.","qas":[{"question":"Where ?","answers":[{"answer_start":8,"text":"here"}]}]}]}]}""");
            var (article, read) = Squad.Read(path).Single();
            Assert.Equal(("a", "Is it here ?", "where ?"), (article, string.Join(' ', read.Passage.Select(t => t.Text).Where(t => t.All(c => c < 128))), string.Join(' ', read.Question)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Words_have_the_same_vector_always_and_a_file_gives_its_own()
    {
        var vectors = new WordVectors(200);
        Assert.Equal(vectors["fiji"], new WordVectors(200)["fiji"]);
        static double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum()
            / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
        Assert.True(Math.Abs(Cosine(vectors["fiji"], vectors["chad"])) < 0.3);
        Assert.Equal(0.5, Math.Sqrt(vectors["fiji"].Average(x => (double)x * x)), 0.1);
        var kinds = new Dictionary<string, string> { ["fiji"] = "country", ["chad"] = "country", ["lima"] = "city" };
        var kin = new WordVectors(200, kinds);
        Assert.Equal(0.5, Cosine(kin["fiji"], kin["chad"]), 0.15);      // half of the variance is shared
        Assert.True(Math.Abs(Cosine(kin["fiji"], kin["lima"])) < 0.3);
        Assert.True(Math.Abs(Cosine(kin["fiji"], kin["oz"])) < 0.3);
        kinds["oz"] = "country";
        Assert.Equal(0.5, Cosine(kin["fiji"], kin["oz"]), 0.15);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "the 0.5 -1\ncat 2 3e-1\n");
            Assert.Equal([2, 0.3f], WordVectors.Read(path)["cat"]);
            Assert.NotEqual([2, 0.3f], WordVectors.Read(path, new HashSet<string> { "the" })["cat"]);
            Assert.Equal(2, WordVectors.Read(path)["unknown"].Length);
            File.WriteAllText(path, "the 0.5 -1\ncat 2\n");
            Assert.Contains("Line 2", Assert.Throws<InvalidDataException>(() => WordVectors.Read(path)).Message);
            File.WriteAllText(path, "");
            Assert.Throws<InvalidDataException>(() => WordVectors.Read(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
