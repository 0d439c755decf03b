using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;
using Lectern.Training;

namespace Lectern.Data;

/// <summary>Finds the files of data sets in given places, and fetches those that are missing.</summary>
/// <remarks>Several processes may use one cache at once: a set is fetched by one of them while the others
/// wait.</remarks>
public sealed class DataStore
{
    // Files do not change under a running lesson, so each is hashed once in a process.
    private static readonly ConcurrentDictionary<(string Path, long Bytes, DateTime Time), string> Known = [];

    private readonly IReadOnlyList<DataSet> sets;
    private readonly DataPlaces places;
    private readonly Fetcher fetcher;

    /// <param name="sets">The data sets, mostly <see cref="Catalog.All"/>.</param>
    /// <param name="places">Where to look for them.</param>
    public DataStore(IReadOnlyList<DataSet> sets, DataPlaces places) : this(sets, places, Fetcher.Usual)
    {
    }

    internal DataStore(IReadOnlyList<DataSet> sets, DataPlaces places, Fetcher fetcher) =>
        (this.sets, this.places, this.fetcher) =
            (sets, places with { Cache = Path.TrimEndingDirectorySeparator(Path.GetFullPath(places.Cache)) }, fetcher);

    /// <summary>The data sets that this store knows.</summary>
    public IReadOnlyList<DataSet> Sets => sets;

    /// <summary>Where this store looks.</summary>
    public DataPlaces Places => places;

    /// <summary>The declaration of one data set.</summary>
    /// <param name="name">Its name; upper and lower case are the same.</param>
    /// <exception cref="ArgumentException">There is no such set; the message lists those there
    /// are.</exception>
    public DataSet Find(string name) =>
        sets.FirstOrDefault(set => set.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"There is no data set '{name}' in the catalogue; it has: "
            + $"{string.Join(", ", sets.Select(set => set.Name))}.",
            nameof(name));

    /// <summary>Whether all files of a data set are on this machine, each in its declared size.</summary>
    /// <param name="name">The data set's name.</param>
    public bool Has(string name) =>
        Find(name).Files.All(file => Locate(file) is { } path && new FileInfo(path).Length == file.Bytes);

    /// <summary>Where a file lies: among the shipped ones, in the cache, in the mirror folder, or nowhere
    /// (null).</summary>
    /// <param name="file">A file of the catalogue.</param>
    public string? Locate(DataFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var found = new[] { places.Shipped, places.Cache, places.MirrorFolder }
            .OfType<string>()
            .Select(file.Under)
            .Where(File.Exists)
            .ToList();
        // A file that was cut short does not hide a whole one in the next place.
        return found.Find(path => new FileInfo(path).Length == file.Bytes) ?? found.FirstOrDefault();
    }

    /// <summary>The files of a data set that is on this machine, with their size and SHA-256
    /// checked.</summary>
    /// <param name="name">The data set's name.</param>
    /// <exception cref="DataMissingException">It is not here; the message says how to get it.</exception>
    /// <exception cref="InvalidDataException">A file is here, but is not what the catalogue
    /// declares.</exception>
    public DataFiles Require(string name)
    {
        var set = Find(name);
        var missing = set.Files.Where(file => Locate(file) is null).ToList();
        if (missing.Count > 0)
        {
            throw new DataMissingException(set.Name, Missing(set, missing));
        }
        var paths = set.Files.Select(file => Locate(file)!).ToList();
        for (var i = 0; i < paths.Count; i++)
        {
            if (Fault(set.Files[i], paths[i]) is { } fault)
            {
                throw new InvalidDataException(fault + " " + (InCache(paths[i])
                    ? $"Remedy: './lectern data get {set.Name}' replaces it."
                    : "Remedy: replace the file, or remove it, so that the next place is looked at."));
            }
        }
        return new DataFiles(set, paths);
    }

    /// <summary>The files of a data set, fetched into the cache where they are not on this machine.</summary>
    /// <param name="name">The data set's name.</param>
    /// <remarks>A damaged file in the cache is fetched again. Stops when <see cref="Interrupt.Token"/> is
    /// cancelled.</remarks>
    /// <exception cref="DownloadException">A file could not be fetched, or is not what was
    /// declared.</exception>
    public DataFiles Download(string name)
    {
        var set = Find(name);
        if (Wanting(set).Count > 0)
        {
            using var gate = CacheLock.Take(places.Cache, set, Interrupt.Token);
            // Another process may have fetched them while this one waited.
            var wanting = Wanting(set);
            if (wanting.Count > 0)
            {
                FetchAll(set, wanting);
            }
        }
        return Require(name);
    }

    private void FetchAll(DataSet set, List<DataFile> wanting)
    {
        if (set.Archive is { } archive && places.MirrorAddress is null)
        {
            FetchArchive(set, archive, wanting);
            return;
        }
        using var progress = Progress.Start($"download {set.Name}", wanting.Sum(file => file.Bytes));
        long before = 0;
        foreach (var file in wanting)
        {
            var done = before;
            fetcher.Fetch(
                set, file, Sources(file), file.Under(places.Cache),
                (bytes, note) => progress.Report(done + bytes, note), Interrupt.Token);
            before += file.Bytes;
        }
    }

    private void FetchArchive(DataSet set, DataFile archive, List<DataFile> wanting)
    {
        var zip = archive.Under(places.Cache);
        using (var progress = Progress.Start($"download {set.Name}", archive.Bytes))
        {
            fetcher.Fetch(
                set, archive, Sources(archive), zip, (bytes, note) => progress.Report(bytes, note),
                Interrupt.Token);
        }
        using (var content = ZipFile.OpenRead(zip))
        {
            foreach (var file in wanting)
            {
                var path = file.Under(places.Cache);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                var entry = content.Entries.FirstOrDefault(entry => entry.Name == file.Name)
                    ?? throw new DownloadException(
                        file, $"The archive '{archive.Address}' holds no '{file.Name}'.");
                entry.ExtractToFile(path + ".part", overwrite: true);
                if (Fault(file, path + ".part") is { } fault)
                {
                    throw new DownloadException(
                        file, $"What '{archive.Address}' holds is not what is declared. {fault}");
                }
                File.Move(path + ".part", path, overwrite: true);
            }
        }
        File.Delete(zip);
    }

    /// <summary>What is wrong with each file of a data set on this machine; nothing where all is
    /// well.</summary>
    /// <param name="name">The data set's name.</param>
    /// <returns>One sentence a damaged or missing file.</returns>
    public IReadOnlyList<string> Verify(string name)
    {
        var set = Find(name);
        return set.Files
            .Select(file =>
                Locate(file) is { } path ? Fault(file, path) : $"'{file.Path}' is not on this machine.")
            .OfType<string>()
            .ToList();
    }

    /// <summary>Why the file at a path is not the declared one; null where it is.</summary>
    internal static string? Fault(DataFile file, string path)
    {
        var info = new FileInfo(path);
        if (info.Length != file.Bytes)
        {
            return $"The file '{path}' has {info.Length:N0} bytes; the catalogue declares {file.Bytes:N0}.";
        }
        // A file just written may change again under one time stamp, so it is not remembered yet.
        var settled = DateTime.UtcNow - info.LastWriteTimeUtc > TimeSpan.FromSeconds(2);
        var found = settled
            ? Known.GetOrAdd((info.FullName, info.Length, info.LastWriteTimeUtc), static key => Hash(key.Path))
            : Hash(path);
        return found == file.Sha256
            ? null
            : $"The file '{path}' has SHA-256 {found}, and the catalogue declares {file.Sha256}.";
    }

    /// <summary>The SHA-256 of a file, in lower-case hexadecimal digits.</summary>
    internal static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private List<DataFile> Wanting(DataSet set) => set.Files
        .Where(file => Locate(file) is not { } path || (InCache(path) && Fault(file, path) is not null))
        .ToList();

    private bool InCache(string path) =>
        path.StartsWith(places.Cache + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private List<Uri> Sources(DataFile file)
    {
        var sources = new List<Uri>();
        if (places.MirrorAddress is { } mirror)
        {
            var escaped = file.Path.Split('/').Select(Uri.EscapeDataString);
            sources.Add(new Uri($"{mirror}/{string.Join('/', escaped)}"));
        }
        if (file.Address is { } address)
        {
            sources.Add(new Uri(address));
        }
        return sources;
    }

    private string Missing(DataSet set, List<DataFile> missing)
    {
        var mirror = places switch
        {
            { MirrorFolder: { } folder } when !Directory.Exists(folder) =>
                $"LECTERN_MIRROR names '{folder}', and there is no such folder",
            { MirrorFolder: { } folder } => $"nor in LECTERN_MIRROR's folder '{folder}'",
            { MirrorAddress: { } address } =>
                $"and LECTERN_MIRROR is an address ({address}), which only a download uses",
            _ => "and LECTERN_MIRROR is not set",
        };
        return
            $"The data set '{set.Name}' is not here: {missing.Count} of its {set.Files.Count} files, "
            + $"such as '{missing[0].Path}', are not in the cache '{places.Cache}', {mirror}. Remedies: "
            + $"'./lectern data get {set.Name}' or Catalog.Download(\"{set.Name}\") fetches "
            + $"{Size(set.Bytes)}; or put the files by hand at '{missing[0].Under(places.Cache)}' and so on; "
            + $"or set LECTERN_MIRROR to a folder "
            + $"that has '{missing[0].Path}'.";
    }

    /// <summary>A size for readers: bytes, kB or MB, by thousands.</summary>
    /// <param name="bytes">Number of bytes.</param>
    public static string Size(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} bytes",
        < 1_000_000 => FormattableString.Invariant($"{bytes / 1e3:0.#} kB"),
        _ => FormattableString.Invariant($"{bytes / 1e6:0.#} MB"),
    };
}
