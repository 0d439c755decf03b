using Lectern.KnowledgeGraphs;

namespace Lectern.Tests.KnowledgeGraphs;

/// <summary>BLEU and ROUGE-L against cases counted by hand.</summary>
public sealed class TextScoresTests
{
    private static readonly string[] Mat = W("the cat is on the mat");

    private static string[] W(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static double Bleu(string candidate, int order, params string[] references) =>
        TextScores.Bleu([W(candidate)], [[.. references.Select(W)]], order);

    [Fact]
    public void Bleu_counts_a_run_no_oftener_than_the_reference_has_it()
    {
        Assert.Equal(2.0 / 7, Bleu("the the the the the the the", 1, "the cat is on the mat"), 1e-12);
        // 5 of 6 words, 3 of 5 pairs, 1 of 4 triples, none of 3 runs of four: the third root of 1/8, and 0.
        Assert.Equal(0.5, Bleu("the cat sat on the mat", 3, "the cat is on the mat"), 1e-12);
        Assert.Equal(0, Bleu("the cat sat on the mat", 4, "the cat is on the mat"));
        Assert.Equal(1, Bleu("the cat is on the mat", 4, "the cat is on the mat"), 1e-12);
        Assert.Equal(0, Bleu("", 4, "the cat"));
    }

    [Fact]
    public void Bleu_punishes_what_is_shorter_than_the_nearest_reference()
    {
        Assert.Equal(Math.Exp(1 - 6.0 / 4), Bleu("the cat is on", 4, "the cat is on the mat"), 1e-12);
        // 5 words beside references of 4 and 6: equally near, the shorter one counts.
        Assert.Equal(1, Bleu("the cat is on the", 4, "the cat is on the mat", "a cat is here"), 1e-12);
    }

    [Fact]
    public void Bleu_of_a_corpus_adds_up_counts_and_is_no_mean_of_texts()
    {
        double both = TextScores.Bleu([W("a b c d e"), W("the cat sat on the mat")], [[W("a b c d e")], [Mat]]);
        Assert.Equal(Math.Pow(10.0 / 11 * (7.0 / 9) * (4.0 / 7) * (2.0 / 5), 0.25), both, 1e-12);
    }

    [Fact]
    public void Bleu_of_one_text_is_smoothed_by_one_from_pairs_on()
    {
        Assert.Equal(Math.Pow(5.0 / 6 * (4.0 / 6) * (2.0 / 5) * (1.0 / 4), 0.25),
            TextScores.SentenceBleu(W("the cat sat on the mat"), Mat), 1e-12);
        Assert.Equal(1, TextScores.SentenceBleu(Mat, Mat), 1e-12);
        Assert.Equal(0, TextScores.SentenceBleu(W("nothing shared here at all"), Mat));
        Assert.Equal(0, TextScores.SentenceBleu([], Mat));
    }

    [Fact]
    public void Rouge_is_the_longest_common_subsequence()
    {
        Assert.Equal(5.0 / 6, TextScores.RougeL(W("the cat sat on the mat"), Mat), 1e-12);
        Assert.Equal(2.44 * 0.5 / (1 + 1.44 * 0.5), TextScores.RougeL(W("a b c d"), W("b d")), 1e-12);
        Assert.Equal(0, TextScores.RougeL(W("x y"), Mat));
        Assert.Equal(0, TextScores.RougeL([], Mat));
        // The order counts: of "mat the" only one word is in order.
        Assert.Equal(0.5, TextScores.RougeL(W("b a"), W("a b")), 1e-12);
    }

    [Fact]
    public void Nothing_to_score_is_said() =>
        Assert.Contains("1 texts, 0 lists", Assert.Throws<ArgumentException>(() => TextScores.Bleu([Mat], [])).Message);
}
