namespace Lectern.Data;

/// <summary>Where the files of a data set lie on this machine; all of them are there and are what they should
/// be.</summary>
public sealed class DataFiles
{
    private readonly Dictionary<string, string> paths = [];

    internal DataFiles(DataSet set, IReadOnlyList<string> places)
    {
        (Set, Paths) = (set, places);
        for (var i = 0; i < places.Count; i++)
        {
            paths[set.Files[i].Path] = places[i];
            paths[set.Files[i].Name] = places[i];
        }
    }

    /// <summary>The data set.</summary>
    public DataSet Set { get; }

    /// <summary>The local paths, in the catalogue's order.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>The local path of one file.</summary>
    /// <param name="name">Its name, or its path in the catalogue.</param>
    /// <exception cref="ArgumentException">The data set has no such file; the message lists those it
    /// has.</exception>
    public string this[string name] => paths.TryGetValue(name, out var path)
        ? path
        : throw new ArgumentException(
            $"The data set '{Set.Name}' has no file '{name}'; it has: "
            + $"{string.Join(", ", Set.Files.Select(file => file.Name))}.",
            nameof(name));
}
