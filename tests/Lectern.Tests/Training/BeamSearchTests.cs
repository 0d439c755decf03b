using Lectern.Training;

namespace Lectern.Tests.Training;

/// <summary>Beam search against trying everything, on texts whose words depend on the word before.</summary>
public sealed class BeamSearchTests
{
    private const int Start = 0, End = 1;

    /// <summary>log p of the next word by the last one, for each source: [B][V, V].</summary>
    private static Tensor[] Chances(int sources, int words, int seed)
    {
        manual_seed(seed);
        return [.. Enumerable.Range(0, sources).Select(_ => (2 * randn(words, words)).log_softmax(1))];
    }

    private static IReadOnlyList<Found> Search(Tensor[] chances, int beam, int least, int most) => BeamSearch.Run(
        chances.Length, beam, Start, End, least, most, arange(chances.Length).unsqueeze(1).expand(-1, beam).reshape(-1),
        (source, last) => (source, stack([.. Enumerable.Range(0, (int)last.shape[0])
            .Select(row => chances[source[row].item<long>()][last[row].item<long>()])])),
        (source, rows) => source.index_select(0, rows));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_beam_of_everything_finds_the_best_of_all_texts(int least)
    {
        using var scope = NewDisposeScope();
        var chances = Chances(6, 5, seed: 3);
        var found = Search(chances, beam: 400, least, most: 5);
        for (int b = 0; b < 6; b++)
        {
            var best = (Score: double.NegativeInfinity, Words: Array.Empty<int>());
            void Try(int[] words, double sum)
            {
                float[] next = chances[b][words.Length == 0 ? Start : words[^1]].data<float>().ToArray();
                if (words.Length >= least && (sum + next[End]) / (words.Length + 1) is var score && score > best.Score) best = (score, words);
                if (words.Length < 4)
                    for (int w = 0; w < 5; w++)
                        if (w != End) Try([.. words, w], sum + next[w]);
            }
            Try([], 0);
            Assert.Equal(best.Words, found[b].Words);
            Assert.Equal(best.Score, found[b].Score, 1e-5);
        }
    }

    [Fact]
    public void A_beam_of_one_is_the_greedy_choice_and_a_wider_one_is_no_worse_on_the_whole()
    {
        using var scope = NewDisposeScope();
        var chances = Chances(40, 7, seed: 5);
        var (one, wide) = (Search(chances, 1, 0, 8), Search(chances, 30, 0, 8));
        for (int b = 0; b < 40; b++)
        {
            var words = new List<int>();
            for (int last = Start; words.Count < 8; words.Add(last))
                if ((last = (int)chances[b][last].argmax().item<long>()) == End) break;
            Assert.Equal(words, one[b].Words);
        }
        int[] ended = [.. Enumerable.Range(0, 40).Where(b => one[b].Words.Count < 8)];
        Assert.True(ended.Average(b => wide[b].Score) > ended.Average(b => one[b].Score));
    }

    [Fact]
    public void Texts_have_no_fewer_words_than_asked_for_and_no_more()
    {
        using var scope = NewDisposeScope();
        Assert.All(Search(Chances(20, 6, seed: 1), 3, 4, 6), f => Assert.InRange(f.Words.Count, 4, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => Search(Chances(1, 6, seed: 1), 0, 4, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => Search(Chances(1, 6, seed: 1), 1, 4, 3));
    }
}
