using System.Globalization;
using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>A fixed vector for every word: from a file of trained ones, or by chance, the same on each run. By chance, words
/// can be told apart, also those that training never saw; what they mean is known as far as kinds of words are given:
/// words of a kind lie near each other, as they do in trained vectors.</summary>
public sealed class WordVectors
{
    private readonly Dictionary<string, float[]> known = [];
    private readonly Dictionary<(string Word, string? Kind), float[]> made = [];

    private readonly IReadOnlyDictionary<string, string>? kinds;

    /// <param name="width">Numbers a word.</param>
    /// <param name="kinds">The kinds of words, in lower case; words that are not among them have none. It may be added to
    /// later.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 1.</exception>
    public WordVectors(int width, IReadOnlyDictionary<string, string>? kinds = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        Width = width;
        this.kinds = kinds;
    }

    /// <summary>Numbers a word.</summary>
    public int Width { get; }

    /// <summary>The vector of a word: [Width]. One that is not known gets normal numbers of deviation ½ by its letters; with
    /// a kind, half of the variance is the kind's.</summary>
    /// <param name="word">The word, in the case that the vectors are for.</param>
    public float[] this[string word]
    {
        get
        {
            if (known.TryGetValue(word, out float[]? vector)) return vector;
            string? kind = kinds?.GetValueOrDefault(word);
            if (made.TryGetValue((word, kind), out vector)) return vector;
            vector = ByLetters(word);
            if (kind is not null)
                vector = [.. vector.Zip(ByLetters($"<{kind}>"), (own, shared) => (own + shared) / MathF.Sqrt(2))];
            return made[(word, kind)] = vector;
        }
    }

    private float[] ByLetters(string word)
    {
        var random = new Random(unchecked((int)TfIdf.Hash(word)));
        return [.. Enumerable.Range(0, Width).Select(_ => (float)(0.5 * random.NextNormal()))];
    }

    /// <summary>Reads vectors from a text file such as GloVe's: a word and its numbers a line, spaces between.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wanted">Words to keep; null for all.</param>
    /// <exception cref="InvalidDataException">A line has no number, or not as many as the first one.</exception>
    public static WordVectors Read(string path, IReadOnlySet<string>? wanted = null)
    {
        WordVectors? vectors = null;
        foreach (var (number, line) in File.ReadLines(path).Index())
        {
            string[] parts = line.Split(' ');
            vectors ??= new WordVectors(Math.Max(1, parts.Length - 1));
            if (wanted?.Contains(parts[0]) == false) continue;
            float[] vector = new float[vectors.Width];
            if (parts.Length != vectors.Width + 1 || !Enumerable.Range(0, vectors.Width).All(i =>
                float.TryParse(parts[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out vector[i])))
                throw new InvalidDataException($"Line {number + 1} of '{path}' is not a word and {vectors.Width} numbers "
                    + "with spaces between.");
            vectors.known[parts[0]] = vector;
        }
        return vectors ?? throw new InvalidDataException($"'{path}' has no word vectors: it is empty.");
    }
}
