namespace Lectern.Host.Running;

/// <summary>The lessons that exist, and those of them that a tour shows.</summary>
/// <param name="folder">The folder of the notebooks.</param>
internal sealed class Course(string folder)
{
    // The areas in reading order, each with the lessons that show it best; the first that exists is on the tour. Where none
    // of them exists, the area's first lesson is.
    private static readonly (string Area, string[] Names)[] Areas =
    [
        ("0-foundations", ["MessagePassing", "Tensors"]),
        ("1-theory", ["OverSmoothing", "DepthVsWidth"]),
        ("2-applications", ["MoleculeGeneration", "LambdaNet"]),
        ("3-knowledge-graphs", ["Query2Box", "OldDogNewTricks"]),
        ("4-graph-embeddings", ["GraphZoom", "FairComparison"]),
        ("5-instance-segmentation", ["MaskRcnn", "DeepMask"]),
    ];

    /// <summary>The folders of the areas, in reading order.</summary>
    public static IEnumerable<string> AreaFolders => Areas.Select(area => area.Area);

    /// <summary>All lessons, by area and name; without the index, which is a map and no lesson.</summary>
    public IReadOnlyList<LessonFile> Lessons { get; } = !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder, "*.ipynb", SearchOption.AllDirectories)
            .Select(path => new LessonFile(
                Path.GetDirectoryName(Path.GetRelativePath(folder, path)) ?? "", Path.GetFileNameWithoutExtension(path), path))
            .Where(lesson => lesson.Area.Length > 0 && !lesson.Area.Contains(".ipynb_checkpoints", StringComparison.Ordinal))
            .OrderBy(lesson => lesson.Area, StringComparer.Ordinal)
            .ThenBy(lesson => lesson.Name, StringComparer.Ordinal),
    ];

    /// <summary>The map of the course, which is no lesson; null where there is none.</summary>
    public LessonFile? Index { get; } = Path.Combine(folder, "index.ipynb") is var path && File.Exists(path) ? new LessonFile("", "index", path) : null;

    /// <summary>One lesson of each area that has any.</summary>
    public IReadOnlyList<LessonFile> Tour =>
    [
        .. Lessons.GroupBy(lesson => lesson.Area).Select(area =>
        {
            var best = Areas.FirstOrDefault(a => a.Area == area.Key).Names ?? [];
            return best.Select(name => area.FirstOrDefault(l => l.Name == name)).FirstOrDefault(l => l is not null) ?? area.First();
        }),
    ];

    /// <summary>The lessons of these names, or the index, in whatever case, or with the extension; each once, in the order given.</summary>
    /// <exception cref="ArgumentException">A name is no lesson's; the message offers close ones.</exception>
    public IReadOnlyList<LessonFile> Named(IEnumerable<string> names) => [.. names.Select(Named).Distinct()];

    private LessonFile Named(string name)
    {
        var bare = Path.GetFileName(name);
        bare = bare.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase) ? bare[..^".ipynb".Length] : bare;
        if (Index is not null && bare.Equals(Index.Name, StringComparison.OrdinalIgnoreCase))
        {
            return Index;
        }
        if (Lessons.FirstOrDefault(l => l.Name.Equals(bare, StringComparison.OrdinalIgnoreCase)) is { } lesson)
        {
            return lesson;
        }
        var close = Lessons.Select(l => l.Name)
            .OrderBy(other => Distance(bare.ToLowerInvariant(), other.ToLowerInvariant()))
            .Take(Lessons.Count > 5 ? 3 : 5).ToList();
        throw new ArgumentException(close.Count == 0
            ? $"There is no lesson '{name}': there are no notebooks in {folder}."
            : $"There is no lesson '{name}'. Did you mean {string.Join(", ", close)}?");
    }

    // Letters to insert, delete or change; a name that begins with the other is close, however short the other is.
    private static int Distance(string a, string b)
    {
        if (a.Length > 0 && b.Contains(a, StringComparison.Ordinal))
        {
            return 0;
        }
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[^1];
    }
}
