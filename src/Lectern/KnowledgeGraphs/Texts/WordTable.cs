using Lectern.Graphs;

namespace Lectern.KnowledgeGraphs;

/// <summary>Texts as rows of word weights, and what questions and paragraphs share.</summary>
public sealed class WordTable
{
    private readonly Dictionary<string, int> numbers = [];
    private readonly Dictionary<string, double> idf = [];
    private readonly Dictionary<string, float[]> shared = [];
    private readonly HashSet<string>[] titles, words;

    /// <param name="corpus">The paragraphs.</param>
    /// <param name="questions">Questions of training.</param>
    /// <param name="least">Share of the paragraphs, or of the questions, that must have a word for it to get
    /// a number. The rare ones are names: of those it only counts whether question and paragraph share
    /// them.</param>
    public WordTable(LinkedParagraphs corpus, IReadOnlyList<PathQuestion> questions, double least = 0.01)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(questions);
        Corpus = corpus;
        string[] texts = [.. corpus.Paragraphs.Select(p => p.Text)];
        Similar = new TfIdf(texts);
        titles = [.. corpus.Paragraphs.Select(p => TfIdf.Words(p.Title).ToHashSet())];
        words = [.. texts.Select(text => TfIdf.Words(text).ToHashSet())];
        static Dictionary<string, int> Frequencies(IEnumerable<IEnumerable<string>> sets) =>
            sets.SelectMany(set => set).CountBy(word => word).ToDictionary();
        var written = Frequencies(words);
        var asked = Frequencies(questions.Select(q => TfIdf.Words(q.Text).Distinct()));
        foreach (var (word, count) in written) idf.Add(word, Math.Log((1.0 + texts.Length) / (1 + count)));
        foreach (string word in written.Keys.Union(asked.Keys))
            if (written.GetValueOrDefault(word) >= least * texts.Length
                || asked.GetValueOrDefault(word) >= least * questions.Count)
                numbers.Add(word, numbers.Count);
        Paragraphs = Rows(texts);
    }

    /// <summary>The paragraphs and their links.</summary>
    public LinkedParagraphs Corpus { get; }

    /// <summary>Finds paragraphs by the words that they share with a question.</summary>
    public TfIdf Similar { get; }

    /// <summary>Number of words.</summary>
    public int Words => numbers.Count;

    /// <summary>The paragraphs' rows: [P, words].</summary>
    public SparseMatrix Paragraphs { get; }

    /// <summary>Texts as rows of weights that add up to 1, rare words weighing more; unknown words are passed
    /// over.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns>[texts, words].</returns>
    public SparseMatrix Rows(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var (pointers, columns, values) = (new int[texts.Count + 1], new List<int>(), new List<float>());
        for (int i = 0; i < texts.Count; i++)
        {
            var row = TfIdf.Words(texts[i]).Where(numbers.ContainsKey).GroupBy(w => w)
                .Select(g => (Word: numbers[g.Key], Weight: g.Count() * Weight(g.Key)))
                .OrderBy(w => w.Word).ToList();
            double sum = row.Sum(w => w.Weight);
            columns.AddRange(row.Select(w => w.Word));
            values.AddRange(row.Select(w => (float)(w.Weight / Math.Max(sum, 1e-9))));
            pointers[i + 1] = columns.Count;
        }
        return SparseMatrix.FromRows(texts.Count, Words, pointers, [.. columns], [.. values]);
    }

    private double Weight(string word) => idf.GetValueOrDefault(word, Math.Log(1 + words.Length));

    /// <summary>What a question and paragraphs share: the cosine of TF-IDF, the share of the title's words
    /// that the question has, and the weight of the question's words that the paragraph has.</summary>
    /// <param name="question">The question.</param>
    /// <param name="paragraphs">The paragraphs.</param>
    /// <returns>Three numbers a paragraph, from 0 to 1.</returns>
    public float[] Shared(string question, IReadOnlyList<int> paragraphs)
    {
        ArgumentNullException.ThrowIfNull(paragraphs);
        if (!shared.TryGetValue(question, out float[]? all)) shared[question] = all = SharedWithAll(question);
        return [.. paragraphs.SelectMany(p => new ArraySegment<float>(all, 3 * p, 3))];
    }

    private float[] SharedWithAll(string question)
    {
        double[] cosine = Similar.Cosines(question);
        var asked = TfIdf.Words(question).ToHashSet();
        double total = Math.Max(asked.Sum(Weight), 1e-9);
        return [.. Enumerable.Range(0, words.Length).SelectMany(p => new[]
        {
            (float)cosine[p],
            (float)titles[p].Count(asked.Contains) / Math.Max(1, titles[p].Count),
            (float)(asked.Where(words[p].Contains).Sum(Weight) / total),
        })];
    }
}
