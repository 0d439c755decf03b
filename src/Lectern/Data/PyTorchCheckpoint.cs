using System.Globalization;
using System.IO.Compression;
using Pickle;

namespace Lectern.Data;

/// <summary>
/// Reads and writes what PyTorch's <c>torch.save</c> writes and its <c>torch.load</c> reads (.pth, .pt,
/// .bin).
/// </summary>
/// <remarks>
/// Such a file is a zip archive with a pickle, <c>data.pkl</c>, and one file for each storage of elements.
/// The pickle is read by <see cref="Unpickler"/>, which builds tensors, dictionaries, lists, text and
/// numbers, and nothing else: a file that asks for anything more is refused. Tensors come onto the CPU, and
/// belong to the caller's dispose scope.
/// </remarks>
public static class PyTorchCheckpoint
{
    private const int Buffer = 1 << 20;
    private const int Deepest = 200;

    /// <summary>The keys under which training scripts keep the weights, among other things.</summary>
    private static readonly string[] UsualKeys = ["state_dict", "model_state_dict", "model", "net"];

    /// <summary>Reads all that a file holds.</summary>
    /// <returns>
    /// A <see cref="Tensor"/>, <see cref="Dictionary{TKey, TValue}"/> of text to object,
    /// <see cref="List{T}"/> of objects (a tuple too), string, long, double, bool or null. Tensors that
    /// shared memory share it again.
    /// </returns>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, of another format, or asks for code to run.
    /// </exception>
    public static object? Load(string path)
    {
        using var stream = File.OpenRead(path);
        try
        {
            return Load(stream);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"'{Path.GetFileName(path)}': {error.Message}", error);
        }
    }

    /// <summary>Reads all that a stream holds, which must be able to seek.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static object? Load(Stream stream)
    {
        using var archive = TorchArchive.Open(stream);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var tensors = new TorchPickle(archive);
        var result = new Conversion().Plain(tensors.Load(), 0);
        tensors.Keep();
        return result;
    }

    /// <summary>Reads the tensors of a state dictionary.</summary>
    /// <param name="path">The file.</param>
    /// <param name="entry">
    /// Where the file holds more than a state dictionary: the key under which it is. Without it the file's
    /// own entries are taken if tensors are among them, else those of "state_dict", "model_state_dict",
    /// "model" or "net".
    /// </param>
    /// <returns>The tensors by name; entries that are no tensors are left out.</returns>
    /// <exception cref="InvalidDataException">
    /// As <see cref="Load(string)"/>; or no tensors are there.
    /// </exception>
    public static Dictionary<string, Tensor> LoadTensors(string path, string? entry = null)
    {
        var root = Load(path) as Dictionary<string, object?>
            ?? throw new InvalidDataException(
                $"'{Path.GetFileName(path)}' holds no dictionary, so no state dictionary.");
        if (entry is null && !root.Values.Any(value => value is Tensor))
        {
            entry = UsualKeys.FirstOrDefault(
                key => root.GetValueOrDefault(key) is Dictionary<string, object?>);
        }
        var found = entry is null ? root : root.GetValueOrDefault(entry) as Dictionary<string, object?>;
        var tensors = found?.Where(pair => pair.Value is Tensor)
            .ToDictionary(pair => pair.Key, pair => (Tensor)pair.Value!);
        return tensors is { Count: > 0 } ? tensors : throw new InvalidDataException(
            $"'{Path.GetFileName(path)}' has no tensors{(entry is null ? "" : $" under '{entry}'")}; its "
            + $"keys are: {string.Join(", ", root.Keys.Take(20))}. "
            + "Name the one that holds the state dictionary.");
    }

    /// <summary>
    /// Writes a file that <c>torch.load</c> reads. A file that is there is replaced at the end.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="value">
    /// A tensor, a dictionary with keys of text, a sequence, text, a whole or real number, a truth value,
    /// null, or any nesting of these. Tensors of any device and strides are written each for itself, row by
    /// row.
    /// </param>
    /// <exception cref="ArgumentException">Something else is in it.</exception>
    public static void Save(string path, object? value) =>
        WholeFile.Write(path, stream => Save(stream, value));

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <inheritdoc cref="Save(string, object?)"/>
    public static void Save(Stream stream, object? value)
    {
        using var none = no_grad();
        var writer = new TorchPickleWriter();
        var pickle = writer.Write(value);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add(archive, "data.pkl", entry => entry.Write(pickle));
        for (var i = 0; i < writer.Storages.Count; i++)
        {
            using var scope = NewDisposeScope();
            var tensor = writer.Storages[i];
            Add(archive, $"data/{i}", entry =>
            {
                if (tensor.NumberOfElements > 0)
                {
                    tensor.detach().cpu().contiguous().WriteBytesToStream(entry, Buffer);
                }
            });
        }
        Add(archive, "version", entry => entry.Write("3\n"u8));
    }

    // PyTorch maps storages into memory where they lie, so it takes no compressed ones.
    private static void Add(ZipArchive archive, string name, Action<Stream> write)
    {
        using var entry = archive.CreateEntry($"archive/{name}", CompressionLevel.NoCompression).Open();
        write(entry);
    }

    /// <summary>
    /// Turns the unpickler's values into plain ones; what is shared stays shared, so a file cannot blow
    /// itself up.
    /// </summary>
    private sealed class Conversion
    {
        private readonly Dictionary<object, object?> done = new(ReferenceEqualityComparer.Instance);

        public object? Plain(object? value, int depth)
        {
            if (depth > Deepest)
            {
                throw new InvalidDataException(
                    $"The file is nested more than {Deepest} levels deep, as no checkpoint is.");
            }
            if (value is not null && done.TryGetValue(value, out var known))
            {
                return known;
            }
            switch (value)
            {
                case PickleDictionary entries:
                    var dictionary = new Dictionary<string, object?>();
                    done[value] = dictionary;
                    foreach (var (key, item) in entries.Entries)
                    {
                        dictionary[Name(key)] = Plain(item, depth + 1);
                    }
                    return dictionary;
                case IEnumerable<object?> items and (List<object?> or object?[]):
                    var list = new List<object?>();
                    done[value] = list;
                    list.AddRange(items.Select(item => Plain(item, depth + 1)));
                    return list;
                case HashSet<object> set:
                    return set.Select(item => Plain(item, depth + 1)).ToList();
                case byte[] bytes:
                    return Unpickler.Text(bytes);
                case Tensor or string or long or double or bool or null or System.Numerics.BigInteger:
                    return value;
                default:
                    throw new InvalidDataException(
                        $"The file holds a {value.GetType().Name}; checkpoints of tensors, text and numbers "
                        + "are read.");
            }
        }

        private static string Name(object key) => key switch
        {
            byte[] bytes => Unpickler.Text(bytes),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => key.ToString()!,
        };
    }
}
