using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lectern.Data;

namespace Lectern.Lessons;

/// <summary>What one full-scale experiment gave: tests/reproduction/LESSON.EXPERIMENT.json.</summary>
/// <param name="Lesson">The lesson's name.</param>
/// <param name="Experiment">The experiment's name within it.</param>
/// <param name="Dataset">The data set, with its split.</param>
/// <param name="Command">The command that does it again.</param>
/// <param name="Setting">Everything that was chosen.</param>
/// <param name="Seeds">The seeds.</param>
/// <param name="Results">The paper's numbers and the measured ones; a baseline is a result of its
/// own.</param>
/// <param name="Seconds">Time in all.</param>
/// <param name="PeakMemoryMb">Largest resident memory in MB.</param>
/// <param name="Machine">Cores and accelerator.</param>
/// <param name="Engine">Version of libtorch and its BLAS.</param>
/// <param name="Date">The day it was measured.</param>
/// <param name="Commit">The kit's commit.</param>
public sealed record Record(
    string Lesson, string Experiment, string Dataset, string Command, JsonObject Setting,
    IReadOnlyList<int> Seeds,
    IReadOnlyList<Result> Results, double Seconds, double PeakMemoryMb, string Machine, string Engine,
    DateOnly Date,
    string Commit)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = true,
        IncludeFields = true,                                       // pairs of numbers in settings
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,      // a file for people: "±" stays "±"
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    /// <summary>The file's name: LESSON.EXPERIMENT.json.</summary>
    public string FileName() => $"{Lesson}.{Experiment}.json";

    /// <summary>The record as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options) + "\n";

    /// <summary>Reads a record's JSON.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">Where it came from, for errors.</param>
    /// <exception cref="InvalidDataException">It is not a record.</exception>
    public static Record Parse(string json, string name = "record")
    {
        try
        {
            var record = JsonSerializer.Deserialize<Record>(json, Options);
            if (record is { Lesson: not null, Experiment: not null, Results: not null }) return record;
            throw new InvalidDataException(
                $"{name}: a record has at least 'lesson', 'experiment' and 'results'.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{name}: not a record: {error.Message}", error);
        }
    }

    /// <summary>Any settings record as the <see cref="Setting"/> of a record, its names in the file's
    /// manner.</summary>
    /// <typeparam name="T">The settings' type.</typeparam>
    /// <param name="settings">The settings of the run.</param>
    public static JsonObject SettingOf<T>(T settings) =>
        JsonSerializer.SerializeToNode(settings, Options)!.AsObject();

    /// <summary>Writes the record into a folder.</summary>
    /// <param name="folder">The folder; that of the records where none is given.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="DirectoryNotFoundException">No folder was given and the kit's own was not
    /// found.</exception>
    public string Save(string? folder = null)
    {
        folder ??= Folder() ?? throw new DirectoryNotFoundException(
            "There is no tests/reproduction above the current folder: run this inside a clone of the kit, or name a folder.");
        var path = Path.Combine(folder, FileName());
        WholeFile.Write(path, ToJson());                     // two processes that end together write the same twice
        return path;
    }

    /// <summary>The records of a lesson, by experiment; none where nothing was measured yet.</summary>
    /// <param name="lesson">The lesson's name.</param>
    /// <param name="folder">The folder; that of the records where none is given.</param>
    /// <exception cref="InvalidDataException">A file of that name is not a record.</exception>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static IReadOnlyList<Record> Load(string lesson, string? folder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(lesson);
        folder ??= Folder();
        if (folder is null || !Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateFiles(folder, lesson + ".*.json").Order(StringComparer.Ordinal)
            .Select(path => Parse(File.ReadAllText(path), Path.GetFileName(path)))];
    }

    /// <summary>
    /// Where records are: tests/reproduction in the clone that the current folder or the kit's assembly lies
    /// in, or
    /// <c>reproduction</c> beside the assembly; null where there is none.
    /// </summary>
    public static string? Folder()
    {
        foreach (var start in new[] { Environment.CurrentDirectory, AppContext.BaseDirectory, KitFolder })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var records = Path.Combine(folder.FullName, "tests", "reproduction");
                if (File.Exists(Path.Combine(folder.FullName, "Lectern.slnx")) && Directory.Exists(records))
                    return records;
            }
        }
        var beside = Path.Combine(KitFolder, "reproduction");
        return Directory.Exists(beside) ? beside : null;
    }

    private static string KitFolder =>
        Path.GetDirectoryName(typeof(Record).Assembly.Location) is { Length: > 0 } folder
            ? folder
            : AppContext.BaseDirectory;
}
