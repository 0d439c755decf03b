using Pickle;

namespace Lectern.Data;

/// <summary>
/// Reads pickles of plain NumPy arrays, SciPy's sparse rows, and collections; nothing else in them is run.
/// </summary>
internal static class NumpyPickle
{
    /// <summary>Reads a pickle file.</summary>
    /// <typeparam name="T">What it must hold: an array, a matrix or a dictionary.</typeparam>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is damaged, holds something else, or names a forbidden
    /// global; the message names the file.</exception>
    public static T Read<T>(string path) where T : class
    {
        try
        {
            var value = new Unpickler(Find).Load(File.ReadAllBytes(path));
            return value as T ?? throw new InvalidDataException(
                $"The pickle holds a {value?.GetType().Name ?? "None"}, and a {typeof(T).Name} is needed.");
        }
        catch (Exception error) when (error is InvalidDataException or OverflowException)
        {
            throw new InvalidDataException($"'{path}': {error.Message}", error);
        }
    }

    /// <summary>The text of a name, which Python 2 pickled as bytes.</summary>
    internal static string Text(object? value) => value switch
    {
        string text => text,
        byte[] bytes => Unpickler.Text(bytes),
        _ => "",
    };

    /// <summary>A size or an index: a whole number from 0 to 2³¹ − 1.</summary>
    internal static int Whole(object? value) => value is long number and >= 0 and <= int.MaxValue
        ? (int)number
        : throw new InvalidDataException($"The pickle has '{value}' where a size is needed.");

    // The names of both Pythons, and of old and new NumPy and SciPy.
    private static object? Find(string module, string name) => (module, name) switch
    {
        ("numpy.core.multiarray" or "numpy._core.multiarray", "_reconstruct") => Call(_ => new NumpyArray()),
        ("numpy", "ndarray") => typeof(NumpyArray),
        ("numpy", "dtype") => Call(arguments => new NumpyType(arguments)),
        ("scipy.sparse.csr" or "scipy.sparse._csr", "csr_matrix") => Call(_ => new PickledCsr()),
        ("collections", "defaultdict" or "OrderedDict") => Call(PickleDictionary.New),
        ("__builtin__" or "builtins", "list" or "int") => typeof(object),
        _ => null,
    };

    private static Func<object?[], object?> Call(Func<object?[], object?> function) => function;
}
