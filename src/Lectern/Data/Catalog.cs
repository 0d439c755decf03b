using System.Text.Json;

namespace Lectern.Data;

/// <summary>The data sets that the kit knows, and the way to their files. Nothing is downloaded without being
/// asked.</summary>
/// <remarks>
/// <code>
/// if (Catalog.Has("cora")) { var files = Catalog.Require("cora"); … files["ind.cora.x"] … }
/// Catalog.Download("cora");       // or on the command line: ./lectern data get cora
/// </code>
/// <see cref="Require"/> looks at what ships with the kit, then in the cache, then in the folder that
/// LECTERN_MIRROR names; only <see cref="Download"/> uses a network: LECTERN_MIRROR where it is an address,
/// then the file's own. These are shorthands for a <see cref="DataStore"/> over
/// <see cref="DataPlaces.FromEnvironment"/>.
/// </remarks>
public static class Catalog
{
    private static readonly Lazy<IReadOnlyList<DataSet>> Declared =
        new(() => Load(Path.Combine(DataPlaces.FromEnvironment().Shipped, "catalog.json")));

    /// <summary>All data sets of the kit's own catalogue.</summary>
    public static IReadOnlyList<DataSet> All => Declared.Value;

    /// <summary>The declaration of one data set.</summary>
    /// <param name="name">Its name; upper and lower case are the same.</param>
    /// <exception cref="ArgumentException">There is no such set; the message lists those there
    /// are.</exception>
    public static DataSet Find(string name) => Store().Find(name);

    /// <summary>Whether <see cref="Require"/> would find the data set on this machine.</summary>
    /// <param name="name">The data set's name.</param>
    public static bool Has(string name) => Store().Has(name);

    /// <summary>The files of a data set that is on this machine, with their size and SHA-256
    /// checked.</summary>
    /// <param name="name">The data set's name.</param>
    /// <exception cref="DataMissingException">It is not here; the message says how to get it.</exception>
    /// <exception cref="InvalidDataException">A file is here, but is not what the catalogue
    /// declares.</exception>
    public static DataFiles Require(string name) => Store().Require(name);

    /// <summary>The files of a data set, fetched into the cache where they are not on this machine.</summary>
    /// <param name="name">The data set's name.</param>
    /// <exception cref="DownloadException">A file could not be fetched, or is not what was
    /// declared.</exception>
    public static DataFiles Download(string name) => Store().Download(name);

    /// <summary>Reads a catalogue.</summary>
    /// <param name="path">The path of a file in the form of <c>data/catalog.json</c>.</param>
    /// <exception cref="InvalidDataException">It is no such file; the message says what is wrong.</exception>
    public static IReadOnlyList<DataSet> Load(string path)
    {
        List<DataSet>? sets;
        try
        {
            using var stream = File.OpenRead(path);
            sets = JsonSerializer.Deserialize<Contents>(stream, JsonSerializerOptions.Web)?.Sets;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is no JSON of a catalogue: {error.Message}", error);
        }
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var set in sets ?? throw new InvalidDataException($"The catalogue '{path}' has no sets."))
        {
            if (string.IsNullOrEmpty(set.Name) || !names.Add(set.Name))
            {
                throw new InvalidDataException(
                    $"The catalogue '{path}' has a set without a name, or '{set.Name}' twice.");
            }
            foreach (var file in set.Files ?? throw new InvalidDataException($"'{set.Name}' has no files."))
            {
                Check(set, file);
            }
            if (set.Archive is { } archive)
            {
                Check(set, archive);
            }
        }
        return sets;
    }

    private static DataStore Store() => new(All, DataPlaces.FromEnvironment());

    // A path that leaves its folder would let a catalogue write anywhere.
    private static void Check(DataSet set, DataFile file)
    {
        var parts = (file.Path ?? "").Split('/');
        if (parts.Any(part => part is "" or "." or "..") || file.Path!.AsSpan().ContainsAny("\\:"))
        {
            throw new InvalidDataException(
                $"'{set.Name}' has a file at '{file.Path}'; a relative path of names with / is needed.");
        }
        var digest = file.Sha256 ?? "";
        if (digest.Length != 64 || digest.AsSpan().ContainsAnyExcept("0123456789abcdef") || file.Bytes < 1)
        {
            throw new InvalidDataException(
                $"The file '{file.Path}' of '{set.Name}' needs a size and 64 lower-case digits of SHA-256.");
        }
    }

    private sealed record Contents(List<DataSet>? Sets);
}
