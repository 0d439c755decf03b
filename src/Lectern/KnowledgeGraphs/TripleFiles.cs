using System.Formats.Tar;
using System.IO.Compression;
using Lectern.Data;

namespace Lectern.KnowledgeGraphs;

/// <summary>Reads triples as text: a line a triple, "head TAB relation TAB tail".</summary>
/// <remarks>
/// Lines may end in LF or CRLF; empty ones are passed over. Entities and relations are numbered as they appear:
/// training first, then validation, then test. The sets of <see cref="Catalog"/>: fb15k-237, wn18rr, umls, kinship,
/// nations, countries-s1, -s2, -s3.
/// </remarks>
public static class TripleFiles
{
    private static readonly string[] Parts = ["train.txt", "valid.txt", "test.txt"];

    /// <summary>A set of the catalogue.</summary>
    /// <param name="name">Its name; upper and lower case are the same.</param>
    /// <param name="download">Whether to fetch the files (8 kB to 3.7 MB) if they are not on this machine.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static LinkDataset Load(string name, bool download = false) =>
        Load(download ? Catalog.Download(name) : Catalog.Require(name));

    /// <summary>A set of the catalogue, wherever its files lie.</summary>
    internal static LinkDataset Load(DataFiles files)
    {
        if (files.Paths is not [var archive])
            return Read(files.Set.Name, [.. Parts.Select(part => (files[part], new StreamReader(files[part])))]);
        var texts = Unpack(archive);
        Stream Of(string part) => texts.TryGetValue(part, out var text)
            ? text
            : throw new InvalidDataException($"The archive '{archive}' holds no '{part}'.");
        return Read(files.Set.Name, [.. Parts.Select(part => ($"{archive}/{part}", new StreamReader(Of(part))))]);
    }

    /// <summary>Files of one's own.</summary>
    /// <param name="train">The training triples.</param>
    /// <param name="validation">The validation triples.</param>
    /// <param name="test">The test triples.</param>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A line has not three fields; the message gives file, line and remedy.</exception>
    public static LinkDataset Read(string train, string validation, string test) =>
        Read(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(train))) ?? "triples",
            [.. ((string[])[train, validation, test]).Select(path => (path, new StreamReader(path)))]);

    private static LinkDataset Read(string name, (string Path, StreamReader Text)[] parts)
    {
        var (entities, relations) = (new Names(), new Names());
        var triples = parts.Select(part => ReadPart(part.Path, part.Text, entities, relations)).ToArray();
        return new LinkDataset(name, entities.All, relations.All, triples[0], triples[1], triples[2]);
    }

    private static List<Triple> ReadPart(string path, StreamReader text, Names entities, Names relations)
    {
        using var owned = text;
        var triples = new List<Triple>();
        for (int number = 1; text.ReadLine() is { } line; number++)
        {
            if (line.Length == 0) continue;
            string[] fields = line.Split('\t');
            triples.Add(fields is [{ Length: > 0 } head, { Length: > 0 } relation, { Length: > 0 } tail]
                ? new Triple(entities.Of(head), relations.Of(relation), entities.Of(tail))
                : throw new InvalidDataException(
                    $"Line {number} of '{path}' is '{line}', which has {fields.Length} fields between tabs; a triple "
                    + "has three, none empty: head, relation, tail. Mend the line, or take it out."));
        }
        return triples.Count > 0
            ? triples
            : throw new InvalidDataException($"'{path}' has no triple; a line is 'head TAB relation TAB tail'.");
    }

    /// <summary>The files of a tar.gz, by their names without folders.</summary>
    private static Dictionary<string, MemoryStream> Unpack(string archive)
    {
        var texts = new Dictionary<string, MemoryStream>();
        using var packed = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        using var reader = new TarReader(packed);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is null) continue;
            var text = new MemoryStream();
            entry.DataStream.CopyTo(text);
            text.Position = 0;
            texts[Path.GetFileName(entry.Name)] = text;
        }
        return texts;
    }

    private sealed class Names
    {
        private readonly Dictionary<string, int> numbers = [];

        internal List<string> All { get; } = [];

        internal int Of(string name)
        {
            if (numbers.TryGetValue(name, out int number)) return number;
            numbers.Add(name, All.Count);
            All.Add(name);
            return All.Count - 1;
        }
    }
}
