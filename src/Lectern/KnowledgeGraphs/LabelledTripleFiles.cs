using System.Globalization;
using Lectern.Data;

namespace Lectern.KnowledgeGraphs;

/// <summary>Reads triples with true and false ones: the sets wn11 and fb13 of <see cref="Catalog"/>, or a
/// folder in their form.</summary>
/// <remarks>
/// <c>entity2id.txt</c> and <c>relation2id.txt</c> hold their number of lines, then "name TAB number" from 0;
/// <c>train2id.txt</c> the same with "head TAB tail TAB relation", all numbers: the relation is <b>last</b>.
/// <c>dev.tsv</c> and <c>test.tsv</c> hold "head TAB relation TAB tail TAB label" by name, label 1 or -1.
/// A training triple that is there twice is taken once (112,581 become 110,361 in WN11); triples with
/// entities that training has not (338 and 1,342 in WN11) stay.
/// </remarks>
public static class LabelledTripleFiles
{
    /// <summary>A set of the catalogue.</summary>
    /// <param name="name">wn11 or fb13; upper and lower case are the same.</param>
    /// <param name="download">Whether to fetch the files (3.5 and 8 MB) if they are not here.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static LabelledTriples Load(string name, bool download = false) =>
        Load(download ? Catalog.Download(name) : Catalog.Require(name));

    /// <summary>A set of the catalogue, wherever its files lie.</summary>
    internal static LabelledTriples Load(DataFiles files) => Read(files.Set.Name, name => files[name]);

    /// <summary>A folder of one's own.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A line is not what it should be; the message gives file and
    /// line.</exception>
    public static LabelledTriples Read(string folder) =>
        Read(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            name => Path.Combine(folder, name));

    private static LabelledTriples Read(string set, Func<string, string> pathOf)
    {
        var (entities, entityIds) = ReadNames(pathOf("entity2id.txt"));
        var (relations, relationIds) = ReadNames(pathOf("relation2id.txt"));
        var train = Counted(pathOf("train2id.txt"))
            .Select(line => line.Fields is [var head, var tail, var relation]
                ? new Triple(line.Number(head, entities.Length), line.Number(relation, relations.Length),
                    line.Number(tail, entities.Length))
                : throw line.Fault("three numbers: head, tail, relation"))
            .Distinct().ToArray();
        var validation = ReadLabelled(pathOf("dev.tsv"), entityIds, relationIds);
        var test = ReadLabelled(pathOf("test.tsv"), entityIds, relationIds);
        return new LabelledTriples(
            new LinkDataset(set, entities, relations, train, validation.True, test.True),
            validation.False, test.False);
    }

    private static (string[] Names, Dictionary<string, int> Numbers) ReadNames(string path)
    {
        var lines = Counted(path);
        var names = new string[lines.Count];
        foreach (var line in lines)
        {
            if (line.Fields is not [{ Length: > 0 } name, var number])
                throw line.Fault("a name and a number");
            ref string place = ref names[line.Number(number, names.Length)];
            if (place is not null) throw line.Fault($"a number that '{place}' has not taken already");
            place = name;
        }
        var numbers = new Dictionary<string, int>();
        foreach (var (number, name) in names.Index())
            if (!numbers.TryAdd(name, number))
                throw new InvalidDataException($"'{path}' has '{name}' twice.");
        return (names, numbers);
    }

    private static (Triple[] True, Triple[] False) ReadLabelled(
        string path, Dictionary<string, int> entities, Dictionary<string, int> relations)
    {
        (Triple Triple, bool True)[] triples = [.. Lines(path).Select(line =>
            line.Fields is [var head, var relation, var tail, "1" or "-1"]
            && entities.TryGetValue(head, out int h) && relations.TryGetValue(relation, out int r)
            && entities.TryGetValue(tail, out int t)
                ? (new Triple(h, r, t), line.Fields[3] == "1")
                : throw line.Fault("head, relation, tail, names with a number, and the label 1 or -1"))];
        return ([.. triples.Where(t => t.True).Select(t => t.Triple)],
            [.. triples.Where(t => !t.True).Select(t => t.Triple)]);
    }

    /// <summary>The lines after the first, which says how many there are.</summary>
    private static List<Line> Counted(string path)
    {
        var lines = Lines(path).ToList();
        return lines.Count > 0 && lines[0].Text == (lines.Count - 1).ToString(CultureInfo.InvariantCulture)
            ? lines[1..]
            : throw new InvalidDataException(
                $"'{path}' has {lines.Count} lines; the first must be the number of the others.");
    }

    private static IEnumerable<Line> Lines(string path) =>
        File.ReadLines(path).Select((text, at) => new Line(path, at + 1, text))
            .Where(line => line.Text.Length > 0);

    private sealed record Line(string Path, int At, string Text)
    {
        internal string[] Fields { get; } = Text.Split('\t');

        internal int Number(string field, int below) =>
            int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number < below
                ? number
                : throw Fault($"numbers from 0 to {below - 1}");

        internal InvalidDataException Fault(string wanted) =>
            new($"Line {At} of '{Path}' is '{Text}'; between tabs it should have {wanted}.");
    }
}
