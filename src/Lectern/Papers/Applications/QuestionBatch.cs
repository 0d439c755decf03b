using Lectern.KnowledgeGraphs;

namespace Lectern.Papers.Applications;

/// <summary>The words that questions are written with, the vectors of all words, and the features of a passage's
/// words.</summary>
public sealed class QuestionVocabulary
{
    /// <summary>Number of the word that begins a question, of the one that ends it, and of the unknown one.</summary>
    public const int Start = 0, End = 1, Unknown = 2;

    private readonly Dictionary<string, int> numbers = [], tags = [], kinds = [];
    private readonly Dictionary<string, PassageToken> typical = [];
    private readonly PassageToken typicalName;

    /// <param name="examples">Training examples.</param>
    /// <param name="size">The most frequent words of their questions to keep; all others have to be copied. 70,000 in the
    /// paper, of questions and passages.</param>
    /// <param name="vectors">The vectors of words.</param>
    /// <exception cref="ArgumentException">There is no example.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No word is kept.</exception>
    public QuestionVocabulary(IReadOnlyList<QuestionExample> examples, int size, WordVectors vectors)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (examples.Count == 0) throw new ArgumentException("There is no example to take words from; give at least one.", nameof(examples));
        Vectors = vectors;
        Words = ["<start>", "<end>", "<unknown>", .. examples.SelectMany(e => e.Question).CountBy(w => w)
            .OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal).Take(size).Select(w => w.Key)];
        foreach (var (number, word) in Words.Index()) numbers[word] = number;
        var tokens = examples.SelectMany(e => e.Passage).ToList();
        foreach (string tag in tokens.Select(t => t.Tag).Where(t => t.Length > 0)) tags.TryAdd(tag, tags.Count + 1);
        foreach (string kind in tokens.Select(t => t.Kind).Where(k => k.Length > 0)) kinds.TryAdd(kind, kinds.Count + 1);
        static PassageToken Usual(IEnumerable<PassageToken> some) =>
            some.CountBy(t => (t.Tag, t.Kind)).MaxBy(t => t.Value).Key is var (tag, kind) ? new("", tag, kind) : new("");
        foreach (var same in tokens.GroupBy(t => t.Word)) typical[same.Key] = Usual(same);
        typicalName = tokens.Where(t => Case(t) > 0) is var names && names.Any() ? Usual(names) : new("");
    }

    /// <summary>The words, by number.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The vectors.</summary>
    public WordVectors Vectors { get; }

    /// <summary>How many values the features of a word have: case, part of speech, kind of name.</summary>
    internal int[] FeatureCounts => [3, tags.Count + 1, kinds.Count + 1];

    /// <summary>The number of a word; that of the unknown one where it has none.</summary>
    /// <param name="word">In lower case.</param>
    public int Number(string word) => numbers.GetValueOrDefault(word, Unknown);

    /// <summary>An example whose untagged words have the part of speech and kind that training words like them mostly have:
    /// for text that a reader writes.</summary>
    /// <param name="example">The example.</param>
    public QuestionExample Tag(QuestionExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return example with
        {
            Passage = [.. example.Passage.Select(t => t.Tag.Length > 0 ? t
                : (typical.GetValueOrDefault(t.Word) ?? (Case(t) > 0 ? typicalName : t)) with { Text = t.Text })],
        };
    }

    /// <summary>0: lower case; 1: begins with a capital; 2: capitals only.</summary>
    private static int Case(PassageToken token) => !char.IsUpper(token.Text, 0) ? 0
        : token.Text.Length > 1 && token.Text.All(c => !char.IsLower(c)) ? 2 : 1;

    internal int[] Features(PassageToken token) => [Case(token), tags.GetValueOrDefault(token.Tag), kinds.GetValueOrDefault(token.Kind)];
}

/// <summary>Examples side by side, filled up to the longest. B examples, N words of a passage, L of an answer, T of a
/// question with its end.</summary>
public sealed class QuestionBatch
{
    private readonly QuestionVocabulary vocabulary;
    private readonly List<string>[] unknown;                            // passage words without a number, by example

    /// <param name="examples">The examples.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="device">Where the model is; null: the CPU.</param>
    /// <exception cref="ArgumentException">There is no example, or one without passage or answer.</exception>
    public QuestionBatch(IReadOnlyList<QuestionExample> examples, QuestionVocabulary vocabulary, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (examples.Count == 0 || examples.FirstOrDefault(e => e.Passage.Count == 0 || e.Answer.Count == 0) is not null)
            throw new ArgumentException(
                $"Every one of the {examples.Count} examples needs a passage and an answer of at least a word.", nameof(examples));
        this.vocabulary = vocabulary;
        Examples = examples;
        int b = examples.Count, n = examples.Max(e => e.Passage.Count), steps = examples.Max(e => e.Question.Count) + 1;
        unknown = [.. examples.Select(e => e.Passage.Select(t => t.Word)
            .Where(w => vocabulary.Number(w) == QuestionVocabulary.Unknown).Distinct().ToList())];
        UnknownCount = unknown.Max(u => u.Count);
        (Words, Lengths) = Embed([.. examples.Select(e => e.Passage.Select(t => t.Word).ToArray())], device);
        (Answers, AnswerLengths) = Embed([.. examples.Select(e => e.Answer.ToArray())], device);
        long[] features = new long[3 * b * n], numbers = new long[b * n], targets = new long[b * steps];
        float[] known = new float[b * steps], into = new float[b * n * n], from = new float[b * n * n];
        for (int i = 0; i < b; i++)
        {
            foreach (var (place, token) in examples[i].Passage.Index())
            {
                numbers[i * n + place] = Number(i, token.Word);
                foreach (var (f, value) in vocabulary.Features(token).Index()) features[(f * b + i) * n + place] = value;
            }
            string[] question = [.. examples[i].Question];
            for (int t = 0; t <= question.Length; t++)
            {
                targets[i * steps + t] = t < question.Length ? Number(i, question[t]) : QuestionVocabulary.End;
                known[i * steps + t] = 1;
            }
            for (int v = 0; v < n; v++) into[(i * n + v) * n + v] = from[(i * n + v) * n + v] = 1;
            foreach (var (head, dependent) in examples[i].Arcs)
            {
                if (Math.Min(head, dependent) < 0 || Math.Max(head, dependent) >= examples[i].Passage.Count)
                    throw new ArgumentException($"An arc runs from {head} to {dependent}, in a passage of "
                        + $"{examples[i].Passage.Count} words, counted from 0.", nameof(examples));
                into[(i * n + dependent) * n + head] = from[(i * n + head) * n + dependent] = 1;
            }
        }
        Features = [.. Enumerable.Range(0, 3).Select(f => tensor(features[(f * b * n)..((f + 1) * b * n)], device: device).view(b, n))];
        Numbers = tensor(numbers, device: device).view(b, n);
        Targets = tensor(targets, device: device).view(b, steps);
        TargetMask = tensor(known, device: device).view(b, steps);
        Tensor Mean(float[] links) => tensor(links, device: device).view(b, n, n) is var a ? a / a.sum(2, keepdim: true) : null!;
        (Into, From) = (Mean(into), Mean(from));
        Mask = (arange(n).unsqueeze(0) < Lengths.unsqueeze(1)).to(device ?? CPU);
        AnswerMask = (arange(AnswerLengths.max().item<long>()).unsqueeze(0) < AnswerLengths.unsqueeze(1)).to(device ?? CPU);
    }

    /// <summary>The examples.</summary>
    public IReadOnlyList<QuestionExample> Examples { get; }

    /// <summary>Vectors of the passages' words, [B, N, d], and of the answers', [B, L, d].</summary>
    public Tensor Words { get; }

    /// <inheritdoc cref="Words"/>
    public Tensor Answers { get; }

    /// <summary>Case, part of speech, kind of name: int64, [B, N] each.</summary>
    public IReadOnlyList<Tensor> Features { get; }

    /// <summary>Number of each passage word; words without one are numbered after the vocabulary's, for each example by
    /// itself: int64, [B, N].</summary>
    public Tensor Numbers { get; }

    /// <summary>Numbers of the question's words, int64, and 1 where there is one: [B, T].</summary>
    public Tensor Targets { get; }

    /// <inheritdoc cref="Targets"/>
    public Tensor TargetMask { get; }

    /// <summary>Means over a word and its heads (Into: along the arcs) or over it and its dependents (From: against them):
    /// [B, N, N], rows add up to 1.</summary>
    public Tensor Into { get; }

    /// <inheritdoc cref="Into"/>
    public Tensor From { get; }

    /// <summary>Where there are words: bool, [B, N] and [B, L].</summary>
    public Tensor Mask { get; }

    /// <inheritdoc cref="Mask"/>
    public Tensor AnswerMask { get; }

    /// <summary>Lengths: int64, [B], on the CPU, where packing reads them.</summary>
    public Tensor Lengths { get; }

    /// <inheritdoc cref="Lengths"/>
    public Tensor AnswerLengths { get; }

    /// <summary>X, numbers after the vocabulary's.</summary>
    public int UnknownCount { get; }

    /// <summary>The words of numbers, up to the end of the question.</summary>
    /// <param name="example">Which example of the batch.</param>
    /// <param name="numbers">The numbers.</param>
    public string[] Text(int example, IEnumerable<long> numbers) =>
    [
        .. numbers.TakeWhile(w => w != QuestionVocabulary.End).Select(w => w < vocabulary.Words.Count
            ? vocabulary.Words[(int)w]
            : unknown[example].ElementAtOrDefault((int)w - vocabulary.Words.Count) ?? vocabulary.Words[QuestionVocabulary.Unknown]),
    ];

    private int Number(int example, string word) =>
        vocabulary.Number(word) is var number && number != QuestionVocabulary.Unknown ? number
        : unknown[example].IndexOf(word) is >= 0 and var place ? vocabulary.Words.Count + place : number;

    private (Tensor Vectors, Tensor Lengths) Embed(string[][] texts, Device? device)
    {
        int longest = texts.Max(t => t.Length), width = vocabulary.Vectors.Width;
        float[] vectors = new float[texts.Length * longest * width];
        foreach (var (i, text) in texts.Index())
            foreach (var (place, word) in text.Index()) vocabulary.Vectors[word].CopyTo(vectors, (i * longest + place) * width);
        return (tensor(vectors, device: device).view(texts.Length, longest, width), tensor(texts.Select(t => (long)t.Length).ToArray()));
    }
}
