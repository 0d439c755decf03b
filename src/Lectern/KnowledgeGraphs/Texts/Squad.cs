using System.Text.Json;
using System.Text.RegularExpressions;
using Lectern.Data;

namespace Lectern.KnowledgeGraphs;

/// <summary>Questions of SQuAD (Rajpurkar et al. 2016) or of a file of its form, with the sentence or sentences that hold the
/// answer as passage. The files have no parts of speech and no dependencies: of arcs, there are those between
/// sentences.</summary>
public static partial class Squad
{
    /// <summary>Questions of a set in the catalogue, cut by article: of what is tested, no paragraph was in training.</summary>
    /// <param name="name">The set's name.</param>
    /// <param name="held">Share of the articles kept for validation, and again for the test.</param>
    /// <param name="seed">Of the cut.</param>
    /// <param name="longest">Questions on longer passages, in words, are left out.</param>
    /// <exception cref="DataMissingException">The files are not on this machine; the message says how to get
    /// them.</exception>
    public static QuestionData Load(string name = "squad-20", double held = 0.15, int seed = 1, int longest = 60)
    {
        var articles = Catalog.Require(name).Paths.SelectMany(Read).Where(a => a.Example.Passage.Count <= longest)
            .GroupBy(a => a.Article).Select(g => g.Select(a => a.Example).ToArray()).ToArray();
        new Random(seed).Shuffle(articles);
        int part = Math.Max(1, (int)(held * articles.Length));
        return new QuestionData([.. articles[(2 * part)..].SelectMany(a => a)], [.. articles[part..(2 * part)].SelectMany(a => a)],
            [.. articles[..part].SelectMany(a => a)]);
    }

    /// <summary>All questions of a file of SQuAD's form that have an answer, with their article's title; of several answers
    /// the first.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is not of that form.</exception>
    public static IReadOnlyList<(string Article, QuestionExample Example)> Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return [.. from article in document.RootElement.GetProperty("data").EnumerateArray()
                       from paragraph in article.GetProperty("paragraphs").EnumerateArray()
                       let context = paragraph.GetProperty("context").GetString()!
                       from question in paragraph.GetProperty("qas").EnumerateArray()
                       where question.GetProperty("answers").GetArrayLength() > 0
                       let answer = question.GetProperty("answers")[0]
                       select (article.GetProperty("title").GetString()!, Example(context,
                           answer.GetProperty("answer_start").GetInt32(), answer.GetProperty("text").GetString()!,
                           question.GetProperty("question").GetString()!))];
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{path}' has not the form of SQuAD 1.1, data[].paragraphs[].qas[].answers[]: "
                + error.Message, error);
        }
    }

    /// <summary>A passage of any text, for a question to be written.</summary>
    /// <param name="text">One sentence or more.</param>
    /// <param name="answer">Words of it.</param>
    /// <exception cref="ArgumentException">The answer does not stand in the text.</exception>
    public static QuestionExample Passage(string text, string answer)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrWhiteSpace(answer);
        if (!text.Contains(answer, StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"'{answer}' does not stand in the text: take words of it.", nameof(answer));
        return Cut(SentenceEnd().Split(text), answer, "");
    }

    // start counts Unicode code points, as SQuAD does.
    private static QuestionExample Example(string context, int start, string answer, string question)
    {
        int from = 0;
        for (int points = 0; points < start && from < context.Length; points++) from += char.IsSurrogatePair(context, from) ? 2 : 1;
        int to = from + answer.Length, place = 0;
        var sentences = new List<string>();
        foreach (string sentence in SentenceEnd().Split(context))
        {
            int begin = context.IndexOf(sentence, place, StringComparison.Ordinal);
            place = begin + sentence.Length;
            if (begin < to && place > from) sentences.Add(sentence);
        }
        return Cut(sentences, answer, question);
    }

    private static QuestionExample Cut(IReadOnlyList<string> sentences, string answer, string question)
    {
        var (passage, arcs) = (new List<PassageToken>(), new List<(int, int)>());
        foreach (string sentence in sentences)
        {
            int first = passage.Count;
            if (first > 0) arcs.AddRange([(first - 1, first), (first, first - 1)]);
            passage.AddRange(Words(sentence).Select(word => new PassageToken(word)));
        }
        static string[] Lower(string text) => [.. Words(text).Select(word => word.ToLowerInvariant())];
        return new QuestionExample(passage, arcs, Lower(answer), Lower(question));
    }

    /// <summary>Words and signs of a text, in their order.</summary>
    private static IReadOnlyList<string> Words(string text) => [.. Word().Matches(text).Select(match => match.Value)];

    [GeneratedRegex(@"(?<=[.?!][""')]?)\s+(?=[A-Z""'(])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"\w+(?:[-'.,]\w+)*|[^\s\w]")]
    private static partial Regex Word();
}
