namespace Lectern.KnowledgeGraphs;

/// <summary>A word of a passage, or a sign.</summary>
/// <param name="Text">As written.</param>
/// <param name="Tag">Its part of speech; empty where nobody tagged it.</param>
/// <param name="Kind">The kind of thing that it names; empty for none.</param>
public sealed record PassageToken(string Text, string Tag = "", string Kind = "")
{
    /// <summary>The word in lower case.</summary>
    public string Word => Text.ToLowerInvariant();
}

/// <summary>A passage, an answer that stands in it, and the question that it answers.</summary>
/// <param name="Passage">Its words.</param>
/// <param name="Arcs">Dependency arcs from head to dependent, by places in the passage; neighbouring sentences are linked
/// both ways.</param>
/// <param name="Answer">The answer's words, in lower case.</param>
/// <param name="Question">The question's words, in lower case; empty where it is to be found.</param>
public sealed record QuestionExample(IReadOnlyList<PassageToken> Passage, IReadOnlyList<(int Head, int Dependent)> Arcs,
    IReadOnlyList<string> Answer, IReadOnlyList<string> Question)
{
    /// <summary>All questions that ask for this answer rightly, where they are known.</summary>
    public IReadOnlyList<string> Right { get; init; } = [];

    /// <summary>How the sentence of the answer is built, where that is known.</summary>
    public string Form { get; init; } = "";

    /// <summary>Passage, answer and question as one reads them.</summary>
    public override string ToString() => $"{string.Join(' ', Passage.Select(t => t.Text))}\n→ {string.Join(' ', Answer)}"
        + $"\n{string.Join(' ', Question)}";
}

/// <summary>Examples to learn from, to choose by, and to test on.</summary>
/// <param name="Train">To learn from.</param>
/// <param name="Validation">To choose by.</param>
/// <param name="Test">To test on.</param>
public sealed record QuestionData(
    IReadOnlyList<QuestionExample> Train, IReadOnlyList<QuestionExample> Validation, IReadOnlyList<QuestionExample> Test);
