using Lectern.KnowledgeGraphs;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Tests.Papers.KnowledgeGraphs;

/// <summary>Paths over linked paragraphs: choices by hand, the beam against all paths, a short training.</summary>
public sealed class ReasoningPathsTests
{
    /// <summary>Four towns and what they link to; a ring with a chord.</summary>
    private static LinkedParagraphs Small() => new(
    [
        LinkedParagraphs.Parse("Aa", "Red town near [Bb]. It has 12 gates."),
        LinkedParagraphs.Parse("Bb", "Blue town near [Cc] and [Dd]."),
        LinkedParagraphs.Parse("Cc", "Green town near [Aa]. It mints [coins]."),
        LinkedParagraphs.Parse("Dd", "Old village near [Ee]."),
        LinkedParagraphs.Parse("Ee", "Wide lake. No town is on it."),
        LinkedParagraphs.Parse("Ff", "Dry hill with 7 trees near [Aa]."),
    ]);

    private static readonly PathQuestion Asked = new("Which red town?", [0, 1], ["Cc"]);

    private static readonly PathSettings Tiny = new()
    {
        WordWidth = 5, Hidden = 6, Width = 4, Starts = 6, Beam = 1000, MostSteps = 4, Candidates = 6, TfIdfNegatives = 2, Dropout = 0,
    };

    private static PathRetriever Retriever(PathSettings settings, int seed = 1)
    {
        manual_seed(seed);
        return new PathRetriever(new WordTable(Small(), [Asked], least: 0), settings);
    }

    [Fact]
    public void States_have_the_length_g_and_do_not_depend_on_the_length_of_s()
    {
        using var scope = NewDisposeScope();
        using var retriever = Retriever(Tiny);
        var parameters = retriever.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        using (no_grad()) parameters["scale"].fill_(1.7);
        var w = retriever.Encode([Asked.Text], [[0, 1, 2]])[0];
        var (h, first) = (retriever.First(1), retriever.First(1));
        for (int t = 0; t < 3; t++)
        {
            Assert.Equal(1.7, h.norm().item<float>(), 1e-5);
            h = retriever.Next(h, w.narrow(0, t, 1));
        }
        using (no_grad()) parameters["start"].mul_(12);
        Assert.True(allclose(first, retriever.First(1), atol: 1e-6));
        using var still = Retriever(Tiny with { Recurrent = false });
        Assert.True(allclose(first, still.Next(first, w.narrow(0, 0, 1))));
    }

    [Fact]
    public void By_hand_the_next_state_is_the_unit_vector_of_a_linear_map_and_the_choice_a_logistic()
    {
        using var scope = NewDisposeScope();
        using var retriever = Retriever(Tiny);
        var parameters = retriever.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach());
        var h = tensor(new float[,] { { 0.6f, 0, 0.8f, 0 } });
        var w = tensor(new float[,] { { 1, -1, 2, 0 } });
        var u = parameters["recurrence.weight"].mv(cat([h, w], 1)[0]) + parameters["recurrence.bias"];
        Assert.True(allclose(u / u.norm(), retriever.Next(h, w)[0].detach(), atol: 1e-6));                   // g = 1
        Assert.Equal(0.6 + 1.6, retriever.Logits(h, w.unsqueeze(0)).item<float>(), 1e-6);                   // b = 0
        Assert.Equal([0.5f, 0.5f], retriever.Logits(h, zeros(1, 2, 4)).sigmoid().data<float>().ToArray());
    }

    [Fact]
    public void A_pair_is_read_together_and_candidates_do_not_see_each_other()
    {
        using var scope = NewDisposeScope();
        using var retriever = Retriever(Tiny);
        var w = retriever.Encode([Asked.Text], [[0, 1, 2]])[0];
        var turned = retriever.Encode([Asked.Text], [[2, 0, 1]])[0];
        Assert.True(allclose(w, turned.index_select(0, tensor(new long[] { 1, 2, 0 })), atol: 1e-6));
        var both = retriever.Encode([Asked.Text, "Blue lake"], [[0, 1, 2], [0, 1, 2]]);
        Assert.True(allclose(w, both[0], atol: 1e-6));
        Assert.False(allclose(w, both[1], atol: 1e-3));                             // another question, another vector
    }

    [Fact]
    public void By_hand_the_loss_of_a_path_is_the_cross_entropy_of_each_step()
    {
        using var scope = NewDisposeScope();
        using var retriever = Retriever(Tiny);
        // Path Aa, Bb; negatives Cc, Ee; Cc (place 2) is another right start.
        var example = new PathExample(Asked.Text, [0, 1, 2, 4], 2, [2]);
        double[] P(Tensor h)
        {
            var w = cat([retriever.Encode([Asked.Text], [[0, 1, 2, 4]])[0], retriever.End()], 0);
            return [.. retriever.Logits(h, w.unsqueeze(0)).sigmoid().data<float>().ToArray().Select(p => (double)p)];
        }
        var vectors = retriever.Encode([Asked.Text], [[0, 1]])[0];
        var h1 = retriever.First(1);
        var h2 = retriever.Next(h1, vectors.narrow(0, 0, 1));
        var h3 = retriever.Next(h2, vectors.narrow(0, 1, 1));
        var (p1, p2, p3) = (P(h1), P(h2), P(h3));
        double expected = -Math.Log(p1[0]) - Math.Log(1 - p1[1]) - Math.Log(1 - p1[3])           // no Cc, no end
            - Math.Log(p2[1]) - Math.Log(1 - p2[2]) - Math.Log(1 - p2[3]) - Math.Log(1 - p2[4])  // no Aa
            - Math.Log(p3[4]) - Math.Log(1 - p3[2]) - Math.Log(1 - p3[3]);                       // the end
        Assert.Equal(expected, retriever.Loss([example]).item<float>(), 1e-4);

        // A batch is the mean of its members, whatever their lengths.
        var other = new PathExample("Blue lake", [4, 0, 2, 3], 1, []);
        Assert.Equal((expected + retriever.Loss([other]).item<float>()) / 2, retriever.Loss([example, other]).item<float>(), 1e-4);
    }

    [Fact]
    public void Every_parameter_of_retriever_and_reader_learns()
    {
        using var scope = NewDisposeScope();
        using var retriever = Retriever(Tiny);
        retriever.Loss([new PathExample(Asked.Text, [0, 1, 2, 4], 2, [])]).backward();
        Assert.All(retriever.named_parameters(), p => Assert.True(p.parameter.grad?.abs().sum().item<float>() > 0, p.name));
        using var reader = new PathReader(retriever.Table, Tiny);
        var scores = reader.Scores([Asked.Text], [reader.Candidates([0, 1])]);
        (scores.logsumexp(1).sum() - scores[0, 0] + reader.Judge(randn(3, 8)).sum()).backward();
        Assert.All(reader.named_parameters(), p => Assert.True(p.parameter.grad?.abs().sum().item<float>() > 0, p.name));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void A_wide_beam_finds_what_a_walk_over_all_paths_finds(int seed, int kept)
    {
        using var scope = NewDisposeScope();
        using var retriever = Retriever(Tiny, seed);
        var settings = Tiny with { Kept = kept };
        var (corpus, question) = (Small(), Asked.Text + " green lake hill village");
        var all = new List<(int[] Path, double[] Steps)>();
        double[] P(Tensor h, int[] which) => [.. retriever.Logits(h, cat([retriever.Encode([question], [which])[0], retriever.End()], 0)
            .unsqueeze(0)).sigmoid().data<float>().ToArray().Select(p => (double)p)];
        void Walk(int[] path, double[] steps, Tensor h, int[] open)
        {
            double[] p = open.Length > 0 ? P(h, open)
                : [retriever.Logits(h, retriever.End().unsqueeze(0)).sigmoid().item<float>()];
            if (path.Length > 0) all.Add((path, [.. steps, p[^1]]));
            if (path.Length == 3) return;                                           // the fourth step can only be the end
            int[] best = [.. open.Index().OrderByDescending(o => p[o.Index]).Take(kept).Select(o => o.Item)];
            foreach (var (i, o) in open.Index())
                Walk([.. path, o], [.. steps, p[i]], retriever.Next(h, retriever.Encode([question], [[o]])[0]),
                    [.. corpus.Links(o).Union(best).Where(x => x != o && !path.Contains(x))]);
        }
        Walk([], [], retriever.First(1), retriever.Table.Similar.Top(question, 6));
        var slow = all.OrderByDescending(a => a.Steps.Aggregate((x, y) => x * y)).ToList();

        var found = ReasoningPaths.Search(retriever, question, settings);
        Assert.Equal(slow.Count, found.Count);
        Assert.All(found.Zip(slow), pair => Assert.Equal(pair.Second.Steps.Aggregate((x, y) => x * y), pair.First.Probability, 1e-5));
        Assert.Equal(slow[0].Path, found[0].Paragraphs);
        Assert.All(found, path =>
        {
            Assert.True(path.Ended);
            Assert.NotEmpty(path.Paragraphs);                                       // the end is never first
            Assert.Equal(path.Paragraphs.Distinct(), path.Paragraphs);
            Assert.Equal(path.Paragraphs.Count + 1, path.Steps.Count);
        });

        // Narrower beams find no better path, and one of one takes the best at each step.
        double[] best = [.. new[] { 1, 2, 4, 8, 1000 }.Select(beam =>
            ReasoningPaths.Search(retriever, question, settings with { Beam = beam }).Max(p => p.Probability))];
        Assert.All(best, p => Assert.True(p <= best[^1] + 1e-6));
        var greedy = Assert.Single(ReasoningPaths.Search(retriever, question, settings with { Beam = 1 }));
        int[] starts = retriever.Table.Similar.Top(question, 6);
        Assert.Equal(starts[P(retriever.First(1), starts)[..^1].Index().MaxBy(p => p.Item).Index], greedy.Paragraphs[0]);
    }

    [Fact]
    public void Without_kept_candidates_each_paragraph_is_linked_from_the_one_before()
    {
        using var retriever = Retriever(Tiny);
        var corpus = Small();
        Assert.All(ReasoningPaths.Search(retriever, "red blue green old town", Tiny with { Kept = 0 }), path =>
            Assert.All(path.Paragraphs.Zip(path.Paragraphs.Skip(1)), step => Assert.Contains(step.Second, corpus.Links(step.First))));
    }

    [Fact]
    public void Examples_have_the_path_first_negatives_of_both_kinds_and_a_redundant_start()
    {
        var corpus = Small();
        var table = new WordTable(corpus, [Asked], least: 0);
        var question = new PathQuestion("Which red hill?", [0, 1], ["Cc"]);       // Ff, a hill, links to Aa
        var examples = ReasoningPaths.Examples(table, question, Tiny with { TfIdfNegatives = 1, Candidates = 5 }, new Random(1));
        Assert.Equal(2, examples.Count);
        Assert.Equal([0, 1, 5], examples[0].Candidates.Take(3));                    // by TF-IDF
        Assert.Equal([2, 3], examples[0].Candidates.Skip(3));                       // linked from Bb
        Assert.Equal((2, 3), (examples[0].Length, examples[1].Length));
        Assert.Equal([2], examples[0].Spared);                                      // Ff would be a right start
        Assert.Equal([5, 0, 1], examples[1].Candidates.Take(3));
        Assert.Equal([1], examples[1].Spared);
        Assert.Single(ReasoningPaths.Examples(table, question, Tiny with { Redundant = false }, new Random(1)));
        Assert.All(examples, e => Assert.Equal(e.Candidates.Distinct(), e.Candidates));
    }

    [Fact]
    public void The_reader_reads_mentions_and_numbers_and_sets_places_without_one_aside()
    {
        using var scope = NewDisposeScope();
        using var retriever = Retriever(Tiny);
        using var reader = new PathReader(retriever.Table, Tiny);
        var candidates = reader.Candidates([0, 2]);
        Assert.Equal(["Bb", "12", "Aa", "coins"], candidates.Select(c => c.Text));
        Assert.Equal([false, true, false, false], candidates.Select(c => c.Number));
        Assert.Equal([false, false, true, true], candidates.Select(c => c.Last));
        Assert.DoesNotContain("coins", candidates[3].Context);
        var scores = reader.Scores([Asked.Text, "Blue lake"], [candidates, reader.Candidates([1])]);
        Assert.Equal([2, 4], scores.shape);
        Assert.True(allclose(scores[0], reader.Scores([Asked.Text], [candidates])[0], atol: 1e-6));
        Assert.True(scores[1, 3].isinf().item<bool>() && scores[1, 1].isfinite().item<bool>());
    }

    [Fact]
    public void Answers_are_judged_by_path_and_by_text()
    {
        PathAnswer Of(int[] path, bool ended, string answer) => new([], new ReasoningPath(path, [], ended), answer);
        PathQuality Judge(PathAnswer answer) => PathQuality.Of([Asked], [answer]);
        Assert.Equal(new PathQuality(1, 1, 1), Judge(Of([0, 1], true, "Cc")));
        Assert.Equal(new PathQuality(1, 1, 0), Judge(Of([5, 0, 1], true, "Dd")));   // a redundant start
        Assert.Equal(new PathQuality(0, 1, 1), Judge(Of([1, 0], true, "Cc")));
        Assert.Equal(new PathQuality(0, 1, 1), Judge(Of([0, 1], false, "Cc")));
        Assert.Equal(new PathQuality(0, 0, 1), Judge(Of([2], true, "Cc")));         // the right answer by chance
        Assert.Equal(0.25, new ReasoningPath([0], [0.5, 0.5], true).Probability);
    }

    [Fact]
    public void A_short_training_finds_paths_that_shared_words_do_not()
    {
        var graph = Countries.Graph([.. Countries.Table().Where(c => c.UnMember && c.Region is "Africa" or "Europe")]);
        var corpus = CountryQuestions.Write(graph);
        var (train, test) = CountryQuestions.Ask(graph, corpus);
        var settings = new PathSettings { Hidden = 64, Candidates = 24, TfIdfNegatives = 16, Starts = 50, Epochs = 10 };
        using var system = ReasoningPaths.Train(corpus, train, settings);
        var answers = test.Select(q => ReasoningPaths.Answer(system, q.Text)).ToList();
        var quality = PathQuality.Of(test, answers);
        double shared = test.Average(q => q.Path.All(system.Retriever.Table.Similar.Top(q.Text, 10).Contains) ? 1.0 : 0);
        // The path has at most three paragraphs, the baseline ten.
        Assert.True(quality.AllFound > shared + 0.4, $"{quality.AllFound:0.00}; TF-IDF {shared:0.00}");
        Assert.True(quality.PathExact > 0.6, $"{quality.PathExact:0.00}");
        Assert.True(quality.AnswerExact > 0.6, $"{quality.AnswerExact:0.00}");
        // It stops after one paragraph or two as the question wants.
        double stops = test.Zip(answers, (q, a) => a.Paths[0].Ended && a.Paths[0].Paragraphs.Count >= q.Path.Count ? 1.0 : 0).Average();
        Assert.True(stops > 0.7, $"{stops:0.00}");
    }

    [Fact]
    public void A_question_without_a_known_word_is_refused()
    {
        using var retriever = Retriever(Tiny);
        Assert.Contains("shares no word", Assert.Throws<ArgumentException>(() => ReasoningPaths.Search(retriever, "xyzzy", Tiny)).Message);
    }
}
