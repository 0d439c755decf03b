using System.Text.RegularExpressions;

namespace Lectern.KnowledgeGraphs;

/// <summary>A sentence and what in it can be the answer to a question.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Answers">The titles that it mentions and the numbers in it, in their order.</param>
public sealed record Sentence(string Text, IReadOnlyList<string> Answers);

/// <summary>A paragraph about one thing.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Sentences">Its sentences.</param>
public sealed record Paragraph(string Title, IReadOnlyList<Sentence> Sentences)
{
    /// <summary>Title and sentences.</summary>
    public string Text => string.Join(' ', Sentences.Select(s => s.Text).Prepend($"{Title}."));

    /// <summary>Whether an answer can be read in it.</summary>
    /// <param name="answer">A title or a number.</param>
    public bool Has(string answer) => Sentences.Any(sentence => sentence.Answers.Contains(answer));
}

/// <summary>Paragraphs and the links between them: a directed graph, from the paragraph that mentions to the
/// one that is mentioned.</summary>
public sealed partial class LinkedParagraphs
{
    private readonly Dictionary<string, int> places = [];
    private readonly int[][] links;

    /// <param name="paragraphs">The paragraphs; a mention is a link where a paragraph has that title.</param>
    /// <exception cref="ArgumentException">Two have one title.</exception>
    public LinkedParagraphs(IReadOnlyList<Paragraph> paragraphs)
    {
        ArgumentNullException.ThrowIfNull(paragraphs);
        Paragraphs = paragraphs;
        foreach (var (place, paragraph) in paragraphs.Index())
            if (!places.TryAdd(paragraph.Title, place))
                throw new ArgumentException(
                    $"Two paragraphs have the title '{paragraph.Title}'.", nameof(paragraphs));
        links = [.. paragraphs.Select((paragraph, own) => paragraph.Sentences.SelectMany(s => s.Answers)
            .Select(title => places.GetValueOrDefault(title, own)).Where(place => place != own)
            .Distinct().ToArray())];
    }

    /// <summary>The paragraphs; the place here is the paragraph's number.</summary>
    public IReadOnlyList<Paragraph> Paragraphs { get; }

    /// <summary>Number of links.</summary>
    public int LinkCount => links.Sum(l => l.Length);

    /// <summary>The paragraphs that one links to.</summary>
    /// <param name="paragraph">Its number.</param>
    public IReadOnlyList<int> Links(int paragraph) => links[paragraph];

    /// <summary>The number of the paragraph with a title.</summary>
    /// <param name="title">The title.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public int Find(string title) => places.TryGetValue(title, out int place) ? place
        : throw new ArgumentException(
            $"None of the {Paragraphs.Count} paragraphs has the title '{title}'.", nameof(title));

    /// <summary>A paragraph from text in which titles that are mentioned stand in brackets.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="text">Such as "Its capital is [Paris]. It covers 551695 square kilometres."</param>
    public static Paragraph Parse(string title, string text) => new(title,
        [.. SentenceEnd().Split(text).Select(sentence => new Sentence(
            sentence.Replace("[", "").Replace("]", ""),
            [.. Answer().Matches(sentence).Select(match => match.Value.Trim('[', ']'))]))]);

    /// <summary>Reads paragraphs, a line each: title, a tab, text with mentions in brackets.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line has no title or no text.</exception>
    public static LinkedParagraphs Read(string path) => new([.. File.ReadLines(path).Index()
        .Where(line => line.Item.Length > 0)
        .Select(line => line.Item.Split('\t') is [{ Length: > 0 } title, { Length: > 0 } text]
            ? Parse(title, text)
            : throw new InvalidDataException(
                $"Line {line.Index + 1} of '{path}' is not a title, a tab and a text."))]);

    [GeneratedRegex(@"(?<=[.?!])\s+")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"\[[^\]]+\]|\b\d+\b")]
    private static partial Regex Answer();
}
